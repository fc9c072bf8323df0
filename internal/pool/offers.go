package pool

import "context"

// Products asks a source that has a Catalogue for its products. The Outcome says what became of that.
func Products(ctx context.Context, src Source) (Answer[[]Offer], Outcome) {
	r := ask(ctx, src, func(ctx context.Context, src Source) (Answer[[]Offer], error) { return src.Catalogue.Products(ctx) })
	return r.answer, r.outcome
}

// Images asks a source that has a Catalogue for its images. The Outcome says what became of that.
func Images(ctx context.Context, src Source) (Answer[[]ImageOffer], Outcome) {
	r := ask(ctx, src, func(ctx context.Context, src Source) (Answer[[]ImageOffer], error) { return src.Catalogue.Images(ctx) })
	return r.answer, r.outcome
}
