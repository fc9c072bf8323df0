package huawei

import (
	"context"
	"net/http"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/transport"
)

// Send places an order: POST /desktop-pool/periodic/change/order. Credentials are
// obtained before, so that failing in that is proof that nothing was sent. A refusal of them is not
// followed by a repetition: what it teaches serves the next call.
func (o *orderer) Send(ctx context.Context, c pool.OrderCall, at time.Time) pool.Sent {
	w := o.r.c
	p, err := w.auth.permit(ctx)
	if err != nil {
		return pool.Sent{State: pool.CallNotSent, Err: pool.AsError(err)}
	}
	return w.client.Once(ctx, transport.Write{
		Source: w.source,
		Op:     opOrder,
		Build: func(ctx context.Context) (*http.Request, error) {
			return w.request(ctx, call{path: orderPath, body: c.Request}, p, at)
		},
		Judge: func(res transport.Response) pool.Sent {
			sent := outcome(res, c, p.secrets, o.r.drift)
			if refused := w.refused(res, sent.Err); refused != nil {
				p.renew(*refused)
			}
			return sent
		},
	})
}
