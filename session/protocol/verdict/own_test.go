// This file tests what the own device credential does to a verdict: when it
// does not hold, when it does not list the line, when a fresh one is to be
// asked for, and what a question that failed makes of it.

package verdict_test

import (
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/session/protocol/wire"
)

const day = int64(24 * 3600)

func strange(w *world)  { w.Own.Lines = []string{"0000"} }
func over(w *world)     { w.Own.Expiry = w.Now.Unix() - 1 }
func unlisted(w *world) { w.OwnIssuer = verdicttest.NewKey() }
func aged(w *world)     { w.Own.NotBefore = w.Now.Unix() - day - 1 }

// unrenewed says why no fresh credential came.
func unrenewed(r ending.Reason) func(*world, *verdict.Input) {
	return func(_ *world, in *verdict.Input) { in.Own.Renewal = r }
}

func TestOwnCredential(t *testing.T) {
	for _, r := range []struct {
		row
		renew bool
	}{
		{row: row{name: "fresh"}},
		{row: row{name: "24 hours old", world: func(w *world) { w.Own.NotBefore = w.Now.Unix() - day }}},
		{row: row{name: "over 24 hours old", world: aged}, renew: true},
		{row: row{name: "ends in 30 days", world: func(w *world) { w.Own.Expiry = w.Now.Unix() + 30*day }}},
		{row: row{name: "ends within 30 days", world: func(w *world) { w.Own.Expiry = w.Now.Unix() + 30*day - 1 }}, renew: true},
		{row: row{name: "in its last second", world: func(w *world) { w.Own.Expiry = w.Now.Unix() }}, renew: true},
		{row: row{name: "over", world: over, want: reasons(ending.Revoked)}, renew: true},
		{row: row{name: "by an issuer not listed", world: unlisted, want: reasons(ending.Revoked)}, renew: true},
		{row: row{name: "of other numbers", world: strange, want: reasons(ending.WrongNumber), report: ending.WrongNumber}, renew: true},
		{row: row{name: "of other numbers, the customer called", world: func(w *world) {
			strange(w)
			w.CustomerCalled()
		}}},
		{row: row{name: "of other numbers, during a hold", world: strange, input: hold, want: reasons(ending.WrongNumber, ending.OnHold), report: ending.WrongNumber}, renew: true},
		{row: row{name: "over, of other numbers", world: func(w *world) {
			over(w)
			strange(w)
		}, want: reasons(ending.Revoked)}, renew: true},
		{row: row{name: "over, during a hold", world: over, input: hold, want: reasons(ending.Revoked, ending.OnHold)}, renew: true},

		// A relay is asked only about an offer that is the bank's and this customer's.
		{row: row{name: "aged, another customer's offer", world: func(w *world) {
			aged(w)
			w.For([16]byte{1})
		}, want: reasons(ending.NotForYou)}},
		{row: row{name: "aged, a forged offer", world: func(w *world) {
			aged(w)
			w.Agent = verdicttest.NewKey()
		}, want: reasons(ending.Forged)}},
		{row: row{name: "aged, a wrong direction", world: func(w *world) {
			aged(w)
			w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
		}, want: reasons(ending.WrongDirection), report: ending.WrongDirection}},
		{row: row{name: "aged, a refused offer", world: aged, entry: byQR, input: refused(ending.Superseded), want: reasons(ending.Superseded)}},
		{row: row{name: "aged, offline", entry: offline, world: aged, want: reasons(ending.Offline)}},
		{row: row{name: "over, offline", entry: offline, world: over, want: reasons(ending.Revoked, ending.Offline)}},
		{row: row{name: "by an issuer not listed, offline", entry: offline, world: unlisted, want: reasons(ending.Revoked, ending.Offline)}},
		{row: row{name: "of other numbers, offline", entry: offline, world: strange, want: reasons(ending.WrongNumber, ending.Offline), report: ending.WrongNumber}},
		{row: row{name: "over by a wrong clock", world: func(w *world) { w.Own.Expiry = w.Now.Unix() + 600 },
			input: later(700 * time.Second), want: reasons(ending.WrongClock)}},

		// It was asked for, and did not come: nobody is accused, and nothing is green by it.
		{row: row{name: "aged, and busy", world: aged, input: unrenewed(ending.Busy)}},
		{row: row{name: "aged, and the connection broke", world: aged, input: unrenewed(ending.LineLost)}},
		{row: row{name: "aged, and a clock that differs", world: aged, input: unrenewed(ending.WrongClock)}},
		{row: row{name: "aged, and revoked", world: aged, input: unrenewed(ending.Revoked), want: reasons(ending.Revoked)}},
		{row: row{name: "aged, and another one came", world: aged, input: unrenewed(ending.Forged), want: reasons(ending.Forged)}},
		{row: row{name: "of other numbers, and busy", world: strange, input: unrenewed(ending.Busy), want: reasons(ending.Busy)}},
		{row: row{name: "of other numbers, and no server", world: strange, input: unrenewed(ending.ServerDown), want: reasons(ending.ServerDown)}},
		{row: row{name: "of other numbers, and a clock that differs", world: strange, input: unrenewed(ending.WrongClock), want: reasons(ending.WrongClock)}},
		{row: row{name: "of other numbers, and revoked", world: strange, input: unrenewed(ending.Revoked), want: reasons(ending.Revoked)}},
		{row: row{name: "of other numbers, and another one came", world: strange, input: unrenewed(ending.Forged), want: reasons(ending.Forged)}},
		{row: row{name: "of other numbers, and an amber refusal", world: strange, input: unrenewed(ending.Guest), want: reasons(ending.Unsupported)}},
		{row: row{name: "of other numbers, and completed", world: strange, input: unrenewed(ending.Completed), want: reasons(ending.Unsupported)}},
		{row: row{name: "of other numbers, and no name", world: strange, input: unrenewed("fine"), want: reasons(ending.Unsupported)}},
		{row: row{name: "of other numbers, and busy, during a hold", world: strange, input: func(w *world, in *verdict.Input) {
			hold(w, in)
			in.Own.Renewal = ending.Busy
		}, want: reasons(ending.Busy, ending.OnHold)}},
		{row: row{name: "of other numbers, and busy, and misdialled", world: func(w *world) {
			strange(w)
			w.Answers = offer.Answers{How: offer.ICalled, Dialled: "+48999992233"}
		}, input: unrenewed(ending.Busy), want: reasons(ending.WrongDirection, ending.Busy, ending.WrongNumber), report: ending.WrongDirection}},
		{row: row{name: "over, and busy", world: over, input: unrenewed(ending.Busy), want: reasons(ending.Busy)}},
		{row: row{name: "by an issuer not listed, and busy", world: unlisted, input: unrenewed(ending.Busy), want: reasons(ending.Busy)}},
	} {
		t.Run(r.name, func(t *testing.T) {
			out := r.check()
			if !slices.Equal(out.Reasons, r.want) || out.Report != r.report || out.Renew != r.renew {
				t.Errorf("reasons %v, report %q, renew %t; want %v, %q, %t", out.Reasons, out.Report, out.Renew, r.want, r.report, r.renew)
			}
			if red := slices.ContainsFunc(r.want, func(r ending.Reason) bool { return !r.Amber() }); red != (out.Result == verdict.Stopped) || red && (out.Reply || tells(out)) {
				t.Errorf("%v, reply %t, shown %+v", out.Result, out.Reply, out.Shown())
			}
		})
	}
}

// TestNewestBundleJudgesTheOwnCredential: a bank that drops an issuer drops what
// it signed, and takes what the next one signs.
func TestNewestBundleJudgesTheOwnCredential(t *testing.T) {
	w := verdicttest.New()
	next := verdicttest.NewKey()
	signed, hash := w.NextBundle(func(b *trust.Bundle) {
		b.Keys = append(slices.Clone(b.Keys), trust.Key{
			Role: trust.RoleIssuer, Public: wire.Point(&next.PublicKey), NotBefore: w.Now.Unix() - day, NotAfter: w.Now.Unix() + day,
		})
	})
	w.OwnIssuer = next
	w.Own.Issuer = wire.KeyID(wire.Point(&next.PublicKey))
	in := w.ByCode()
	if out := verdict.Check(in); !slices.Equal(out.Reasons, reasons(ending.Revoked)) || !out.Renew {
		t.Errorf("by an issuer of no bundle yet: %v", out.Reasons)
	}
	serveNext(w, &in, signed, hash)
	if out := verdict.Check(in); out.Result != verdict.Verified || out.Renew {
		t.Errorf("by an issuer of the newest bundle: %v", out.Reasons)
	}
}
