package pool

import (
	"errors"
	"math/big"
	"regexp"
	"strings"
)

// Money is an amount of one currency. The amount is a decimal number as text,
// never a float: "63.20".
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"` // ISO 4217, as in CNY
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,8})?$`)

var (
	errNotMoney      = errors.New("an amount is a decimal number, as in 63.20")
	errOtherCurrency = errors.New("the amounts are in different currencies")
)

// NewMoney returns an amount with at least two digits after the point, and no
// further zeros. The error is for what is no decimal number of up to 18 and 8 digits.
func NewMoney(amount, currency string) (Money, error) {
	if !decimal.MatchString(amount) {
		return Money{}, errNotMoney
	}
	whole, fraction, _ := strings.Cut(amount, ".")
	for fraction = strings.TrimRight(fraction, "0"); len(fraction) < 2; {
		fraction += "0"
	}
	if whole == "-0" && strings.Trim(fraction, "0") == "" {
		whole = "0"
	}
	return Money{Amount: whole + "." + fraction, Currency: currency}, nil
}

// Cmp compares m with n: -1, 0 or 1. The error is for other currencies, or no numbers.
func (m Money) Cmp(n Money) (int, error) {
	if m.Currency != n.Currency {
		return 0, errOtherCurrency
	}
	a, b, err := rationals(m, n)
	if err != nil {
		return 0, err
	}
	return a.Cmp(b), nil
}

// Add returns m + n. The error is for other currencies, or no numbers.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, errOtherCurrency
	}
	a, b, err := rationals(m, n)
	if err != nil {
		return Money{}, err
	}
	return NewMoney(a.Add(a, b).FloatString(8), m.Currency)
}

func rationals(m, n Money) (a, b *big.Rat, err error) {
	if !decimal.MatchString(m.Amount) || !decimal.MatchString(n.Amount) {
		return nil, nil, errNotMoney
	}
	a, _ = new(big.Rat).SetString(m.Amount)
	b, _ = new(big.Rat).SetString(n.Amount)
	return a, b, nil
}
