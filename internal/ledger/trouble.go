package ledger

// What callers are told of a ledger that cannot be used.
const (
	unusable   = "the ledger cannot be used"
	closed     = "the ledger is closed"
	late       = "the ledger did not answer before the request ended"
	unknown    = "the ledger broke off; it is not known whether the change was made"
	inUse      = "the ledger is in use by another process"
	damaged    = "the ledger's file is damaged, or not a ledger"
	gone       = "the ledger's file is gone"
	empty      = "the ledger's file is empty though it was not"
	foreign    = "the ledger's file is not the one that it was"
	nameless   = "the ledger's file has lost the .id file beside it"
	unreadable = "the ledger's file cannot be opened"
	away       = "the ledger's database cannot be reached"
	broken     = "the connection to the ledger's database broke"
	readOnly   = "the ledger's database takes no writes"
	slow       = "the ledger's database did not answer in time"
	newer      = "the ledger's database is of a newer version of this program"
)

// trouble is why a ledger cannot be used.
type trouble struct {
	detail string // for callers
	err    error  // for the log
}

func (t *trouble) Error() string { return t.detail + ": " + t.err.Error() }
func (t *trouble) Unwrap() error { return t.err }
