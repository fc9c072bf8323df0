package fault

import (
	"io"
	"net"
	"net/http"
)

// Loss is how an answer is lost that the cloud gave: to its caller, each leaves
// open whether the cloud did what it was asked.
type Loss string

// The losses.
const (
	LostByReset    Loss = "reset"    // the connection is reset instead
	LostByCut      Loss = "cut"      // half of the body, then a closed connection
	LostByHang     Loss = "hang"     // nothing comes, until the client leaves or Clear is called
	LostBy500      Loss = "500"      // these three: a gateway's status and a line of text instead
	LostBy502      Loss = "502"      //
	LostBy504      Loss = "504"      //
	LostByHTML     Loss = "html"     // a gateway's 502 with a page of HTML
	LostByEmpty    Loss = "empty"    // 200 without a body
	LostByObject   Loss = "object"   // 200 with {}
	LostByRedirect Loss = "redirect" // 307 to where the request went: who follows it asks twice
)

// losses are all of them, in the order in which an error lists them.
var losses = []Loss{
	LostByReset, LostByCut, LostByHang, LostBy500, LostBy502, LostBy504, LostByHTML, LostByEmpty, LostByObject, LostByRedirect,
}

// lose lets the client see anything but a.
func (a *answer) lose(w http.ResponseWriter, r *http.Request, p plan, stopping <-chan struct{}) {
	switch p.as {
	case LostByCut:
		a.cut(w)
		panic(http.ErrAbortHandler)
	case LostByHang:
		hang(r, p, stopping)
		panic(http.ErrAbortHandler)
	case LostBy500:
		writeLine(w, http.StatusInternalServerError)
	case LostBy502:
		writeLine(w, http.StatusBadGateway)
	case LostBy504:
		writeLine(w, http.StatusGatewayTimeout)
	case LostByHTML:
		writePage(w)
	case LostByEmpty:
		w.WriteHeader(http.StatusOK)
	case LostByObject:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	case LostByRedirect:
		w.Header().Set("Location", r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		reset(w)
	}
}

func writeLine(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }

const htmlPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
	"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

func writePage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(w, htmlPage)
}

// reset closes the connection by a TCP reset; one that is not TCP, plainly.
func reset(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if s, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS would say goodbye
		c = s.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
