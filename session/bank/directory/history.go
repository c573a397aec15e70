// This file owns who did what to a record, and when. It is kept with the record
// itself: the first act, how it came on file, and the newest.
//
// Rules: an act names no secret and no number; what an act says was done is in
// the same write as the act.

package directory

import (
	"context"
	"slices"
	"strings"
)

const (
	maxActs     = 32 // kept with one record
	maxOperator = 64 // characters of an operator's name
)

// Act is one thing that somebody on the bank's side did to a record.
type Act struct {
	At   int64  `cbor:"1,keyasint"` // Unix seconds
	By   string `cbor:"2,keyasint"` // who; "" when the program was not told
	What string `cbor:"3,keyasint"` // a few words, such as "revoked"
}

type operatorKey struct{}

// As returns a context whose changes are kept as done by this operator. What is
// not printable in the name is left out, and so is what is too long.
func As(ctx context.Context, operator string) context.Context {
	name := []rune(strings.Map(func(r rune) rune {
		if unprintable(r) {
			return -1
		}
		return r
	}, operator))
	return context.WithValue(ctx, operatorKey{}, string(name[:min(len(name), maxOperator)]))
}

// note adds an act to a record's history.
func (d *Directory) note(ctx context.Context, acts []Act, what string) []Act {
	by, _ := ctx.Value(operatorKey{}).(string)
	if len(acts) >= maxActs {
		acts = slices.Delete(slices.Clone(acts), 1, 2) // how it came on file stays
	}
	return append(acts, Act{At: d.now().Unix(), By: by, What: what})
}
