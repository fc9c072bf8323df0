package sandbox

import "fmt"

// Hints is what to try first, one command a line, for a gateway that listens at these addresses.
func (s *Sandbox) Hints(public, admin string) []string {
	faults := "http://" + admin + "/sandbox/faults"
	api := "http://" + public
	return []string{
		fmt.Sprintf("curl -s '%s/v1/pools?limit=5&sort=-counts.total'", api),
		fmt.Sprintf("curl -s %s/v1/pools/%s", api, seedPool),
		fmt.Sprintf("curl -s '%s/v1/pools/%s/desktops?limit=3&include=total'", api, seedPool),
		fmt.Sprintf("curl -s %s/v1/pools/%s/native", api, seedPool),
		fmt.Sprintf("curl -s '%s/v1/statistics?group_by=cloud'", api),
		fmt.Sprintf("curl -s %s/v1/sources", api),
		fmt.Sprintf("curl -s %s/v1/capabilities", api),
		fmt.Sprintf("curl -sX POST %s -d '{\"source\":\"%s\",\"kind\":\"hang\"}'", faults, brokenOne),
		fmt.Sprintf("curl -s -H 'Prefer: wait=2' '%s/v1/statistics?states=power'", api),
		fmt.Sprintf("curl -sX DELETE %s", faults),
	}
}
