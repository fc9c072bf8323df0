package pgtest

import "syscall"

// dieWithParent makes a server end when the tests are killed.
func dieWithParent(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	a.Pdeathsig = syscall.SIGQUIT
	return a
}
