package sandbox

import "fmt"

// Hints is what to try first, one command a line, for a gateway that listens at these addresses.
func (s *Sandbox) Hints(public, admin string) []string {
	faults := "http://" + admin + "/sandbox/faults"
	api := "http://" + public
	order := fmt.Sprintf(`-H 'Content-Type: application/json' -d '{"type":"ADD_VOLUME","target":{"pool_id":"%s"},"add_volume":{"volume_type":"SAS","volume_size_gib":10}}'`, prepaidPool)
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
		fmt.Sprintf("curl -s %s %s/v1/estimates", order, api),
		fmt.Sprintf("curl -s -H 'Idempotency-Key: try-1' %s %s/v1/orders", order, api),
		// The cloud takes the next order, and its answer is lost; after 5 s the truth is found.
		fmt.Sprintf("curl -sX POST %s -d '{\"source\":\"%s\",\"operation\":\"CreateDesktopPoolChangeOrder\",\"kind\":\"lose_answer\",\"count\":1}'", faults, prepaidPool.Source),
		fmt.Sprintf("curl -s -H 'Idempotency-Key: try-2' %s %s/v1/orders", order, api),
		fmt.Sprintf("curl -s '%s/v1/orders?limit=5'", api),
	}
}
