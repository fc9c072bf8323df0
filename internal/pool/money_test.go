package pool

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewMoney(t *testing.T) {
	tests := []struct{ amount, want string }{
		{"0", "0.00"}, {"63.2", "63.20"}, {"63.20", "63.20"}, {"63", "63.00"}, {"0.00", "0.00"}, {"-0", "0.00"}, {"-0.000", "0.00"},
		{"-1.5", "-1.50"}, {"-0.01", "-0.01"}, {"1.234500", "1.2345"}, {"0.00000001", "0.00000001"}, {"0.10000000", "0.10"},
		{"999999999999999999.99999999", "999999999999999999.99999999"},
	}
	for _, tt := range tests {
		t.Run(tt.amount, func(t *testing.T) {
			got, err := NewMoney(tt.amount, "CNY")
			if err != nil || got != (Money{tt.want, "CNY"}) {
				t.Errorf("%q became %v, %v; want %s", tt.amount, got, err, tt.want)
			}
		})
	}
	for _, amount := range []string{
		"", " ", "-", ".", "1.", ".5", "+1", "01", "00", "-01", "1e3", "1E2", "0x10", "1_000", "1,5", "1 ", " 1", "1\n", "NaN", "Inf", "1/2", "１",
		"1.123456789", "1000000000000000000", "--1", "1.-5", "1.2.3",
	} {
		if got, err := NewMoney(amount, "CNY"); err == nil || got != (Money{}) {
			t.Errorf("%q became %v, %v; want an error", amount, got, err)
		}
	}
}

func TestMoneyCmp(t *testing.T) {
	cny := func(amount string) Money { return Money{amount, "CNY"} }
	tests := []struct {
		a, b Money
		want int
	}{
		{cny("1.00"), cny("1"), 0}, {cny("9.99"), cny("10.00"), -1}, {cny("100"), cny("99.99"), 1}, {cny("-1"), cny("0"), -1},
		{cny("0.1"), cny("0.10000001"), -1}, {cny("900719925474099.3"), cny("900719925474099.29"), 1},
	}
	for _, tt := range tests {
		if got, err := tt.a.Cmp(tt.b); err != nil || got != tt.want {
			t.Errorf("%v and %v: %d, %v; want %d", tt.a, tt.b, got, err, tt.want)
		}
	}
	for _, pair := range [][2]Money{{cny("1"), {"1", "USD"}}, {cny("1"), {"1", ""}}, {cny("x"), cny("1")}, {cny("1"), cny("")}, {cny("1e3"), cny("1")}} {
		if _, err := pair[0].Cmp(pair[1]); err == nil {
			t.Errorf("%v compares with %v", pair[0], pair[1])
		}
		if _, err := pair[0].Add(pair[1]); err == nil {
			t.Errorf("%v adds to %v", pair[0], pair[1])
		}
	}
}

func TestMoneyAdd(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"0.1", "0.2", "0.30"}, {"63.20", "-63.20", "0.00"}, {"0.00000001", "0.00000001", "0.00000002"}, {"-1", "0.5", "-0.50"}, {"99.99", "0.01", "100.00"},
	}
	for _, tt := range tests {
		if got, err := (Money{tt.a, "CNY"}).Add(Money{tt.b, "CNY"}); err != nil || got != (Money{tt.want, "CNY"}) {
			t.Errorf("%s + %s = %v, %v; want %s", tt.a, tt.b, got, err, tt.want)
		}
	}
	most := Money{"999999999999999999.99999999", "CNY"}
	if got, err := most.Add(most); err == nil {
		t.Errorf("a sum of 19 digits became %v", got)
	}
}

// TestMoneyIsExact holds Cmp and Add against whole numbers.
func TestMoneyIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (Money, *big.Int) {
			n := rapid.Int64Range(-1<<62, 1<<62).Draw(t, name) // of 10^-8
			digits := big.NewInt(n).String()
			sign := ""
			if digits[0] == '-' {
				sign, digits = "-", digits[1:]
			}
			digits = strings.Repeat("0", max(0, 9-len(digits))) + digits
			m, err := NewMoney(sign+digits[:len(digits)-8]+"."+digits[len(digits)-8:], "CNY")
			if err != nil {
				t.Fatal(err)
			}
			return m, big.NewInt(n)
		}
		a, x := draw("a")
		b, y := draw("b")
		if got, err := a.Cmp(b); err != nil || got != x.Cmp(y) {
			t.Fatalf("%v and %v: %d, %v; want %d", a, b, got, err, x.Cmp(y))
		}
		sum, err := a.Add(b)
		want := new(big.Rat).SetFrac(x.Add(x, y), big.NewInt(1e8)).FloatString(8)
		if again, _ := NewMoney(want, "CNY"); err != nil || sum != again {
			t.Fatalf("%v + %v = %v, %v; want %s", a, b, sum, err, want)
		}
	})
}

// FuzzNewMoney: what is taken is the number that it was, in a form that stays.
func FuzzNewMoney(f *testing.F) {
	for _, s := range []string{"", "0", "63.20", "-1.5", "1e9", "00.1", "1.123456789", "999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := NewMoney(s, "CNY")
		if err != nil {
			return
		}
		before, ok := new(big.Rat).SetString(s)
		after, _ := new(big.Rat).SetString(m.Amount)
		if !ok || before.Cmp(after) != 0 {
			t.Fatalf("%q became %v", s, m)
		}
		if again, err := NewMoney(m.Amount, "CNY"); err != nil || again != m {
			t.Fatalf("%v is %v the second time, %v", m, again, err)
		}
		if !json.Valid([]byte(m.Amount)) {
			t.Fatalf("%v is no number", m)
		}
	})
}
