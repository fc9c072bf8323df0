package huawei

import "math"

// sum adds up the counters of pools. What is not known of one is not known of all.
func sum(rows []poolStatistics) counters {
	all := zeroCounters()
	for _, row := range rows {
		all = counters{
			Total: plus(all.Total, row.Total),
			Attach: attachCounter{
				Attached:   plus(all.Attach.Attached, row.Attach.Attached),
				Unattached: plus(all.Attach.Unattached, row.Attach.Unattached),
				Attaching:  plus(all.Attach.Attaching, row.Attach.Attaching),
				Failed:     plus(all.Attach.Failed, row.Attach.Failed),
			},
			Run: runCounter{
				Stopped:    plus(all.Run.Stopped, row.Run.Stopped),
				Active:     plus(all.Run.Active, row.Run.Active),
				Failed:     plus(all.Run.Failed, row.Run.Failed),
				Hibernated: plus(all.Run.Hibernated, row.Run.Hibernated),
			},
			Login: loginCounter{
				InUse:        plus(all.Login.InUse, row.Login.InUse),
				Unregistered: plus(all.Login.Unregistered, row.Login.Unregistered),
				Unable:       plus(all.Login.Unable, row.Login.Unable),
				Ready:        plus(all.Login.Ready, row.Login.Ready),
				Disconnected: plus(all.Login.Disconnected, row.Login.Disconnected),
			},
		}
	}
	return all
}

func zeroCounters() counters {
	z := new(int)
	return counters{
		Total:  z,
		Attach: attachCounter{Attached: z, Unattached: z, Attaching: z, Failed: z},
		Run:    runCounter{Stopped: z, Active: z, Failed: z, Hibernated: z},
		Login:  loginCounter{InUse: z, Unregistered: z, Unable: z, Ready: z, Disconnected: z},
	}
}

func plus(a, b *int) *int {
	if a == nil || b == nil || *a < 0 || *b < 0 || *a > math.MaxInt-*b {
		return nil
	}
	n := *a + *b
	return &n
}
