// This file owns the Customer: the companion that holds a person's banks and
// checks calls. The story of a check is customerCall.lookUp, then the machine
// in protocol/call/customer.go.

package session

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"sync"

	"countersign/assets"
	"countersign/session/computer/connection"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/channel"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// Customer is a person's companion.
type Customer struct{ *home }

// OpenCustomer opens the companion in its state directory. Reasons: no_keyring, keyring_locked.
func OpenCustomer(ctx context.Context, o Options) (*Customer, error) {
	h, err := openHome(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Customer{h}, nil
}

// Enrol redeems a ticket: the bank's roots are pinned in the keyring, this
// device's key is vouched for. Reasons: cancelled (prompted), not_a_code,
// unknown_code, ticket_used, ticket_expired, revoked, forged, expired, name_clash, not_for_you,
// busy, wrong_server_key, server_down, no_keyring, keyring_locked.
func (c *Customer) Enrol(ctx context.Context, e Enrolment) (Bank, error) {
	got, err := c.enrol(ctx, e, roleCustomer)
	if err != nil {
		return Bank{}, err
	}
	return got.bank.info(c.clock.Now()), nil
}

// Pin pins a bank by its eight words without enrolling this device (guest).
func (c *Customer) Pin(ctx context.Context, addr, words string) (Bank, error) {
	b, err := c.pinByWords(ctx, addr, words)
	if err != nil {
		return Bank{}, err
	}
	return b.info(c.clock.Now()), nil
}

// Remove removes a bank from this computer: its pin, which is what makes it
// count, then this device's key and what was kept of the bank. The history
// stays. It is safe to repeat, also when it was cut off. Reasons: on_hold while
// an earlier stop holds (removing and enrolling again must not lift it),
// no_keyring, keyring_locked.
func (c *Customer) Remove(ctx context.Context, id [16]byte) error {
	return c.forget(ctx, roleCustomer, id)
}

// RemoveAgents removes a bank for which this computer works as an agent's, which
// Known lists, as Remove does: it is Agent.Leave for who has no agent's side.
// Reasons: no_keyring, keyring_locked.
func (c *Customer) RemoveAgents(ctx context.Context, id [16]byte) error {
	return c.forget(ctx, roleAgent, id)
}

// Banks lists the banks enrolled or pinned here, each opened through the keyring.
// One that cannot be opened has a Fault. Error: why none can be opened, unless
// that is the banks' own and not the keyring's.
func (c *Customer) Banks(ctx context.Context) ([]Bank, error) {
	return c.list(ctx, roleCustomer)
}

// Known lists the Banks, and behind them those that are AgentsOnly: their names
// are compared with a new bank's too, so people must see them and be able to
// remove them. Error: as of Banks.
func (c *Customer) Known(ctx context.Context) ([]Bank, error) {
	known, err := c.list(ctx, roleCustomer)
	if err != nil && ending.Of(err, "") != ending.UnknownBank {
		return nil, err
	}
	agents, failed := c.list(ctx, roleAgent)
	if failed != nil {
		c.log.Warn("the banks of the agent cannot be listed", "reason", ending.Of(failed, ending.NoKeyring))
	}
	for _, b := range agents {
		if !slices.ContainsFunc(known, func(k Bank) bool { return k.ID == b.ID }) {
			b.AgentsOnly = true
			known = append(known, b)
		}
	}
	if len(known) == 0 {
		return nil, err
	}
	return known, nil
}

// Verification is what the customer says and holds when a call is to be checked.
type Verification struct {
	Bank    [16]byte      // its id; zero when only one bank is known. Named finds it by what people say
	Answers offer.Answers // with ICalled and no number: the one that the app shows; one that cannot be read (trust.ReadDialled) ends as not_a_code
	Code    string        // as typed, or
	QRText  string        // the text of a QR code
	Offline bool          // check without any network
	Helped  bool          // somebody trusted helps through a remote-control program: at best unverified, remote_control
}

// Verify checks a call and, if all is well, holds it. It returns at once;
// everything that happens, failures too, comes as events.
func (c *Customer) Verify(ctx context.Context, v Verification) *Call {
	r := newRunner(ctx, c.home)
	return r.start(&customerCall{runner: r, asked: v})
}

// customerCall is one call as the companion runs it.
type customerCall struct {
	*runner
	state    call.Customer
	asked    Verification
	frame    *offer.Frame
	keys     offer.Keys
	device   crypto.Signer // nil for a guest
	own      *trust.Device // nil for a guest
	hands    *handshake.Companion
	envelope []byte
	replied  bool          // the relay has taken the reply once
	judged   verdict.Input // what the verdict was made of
}

// found is what looking up brought, handed from the work beside the loop to
// the loop.
type found struct {
	conn   *connection.Conn
	bank   bank
	own    *trust.Device
	device crypto.Signer
	frame  *offer.Frame
	keys   offer.Keys
	out    verdict.Output
	judged verdict.Input
	fresh  *trust.Device // the own credential, where the authority has signed it afresh
}

func (c *customerCall) step(in call.Input) []call.Effect {
	next, effects := c.state.Step(in)
	c.state = next
	return effects
}

func (c *customerCall) carryOut(effect call.Effect) {
	switch e := effect.(type) {
	case call.LookUp:
		c.aside(c.lookUp)
	case call.SendReply:
		c.sendReply()
	case call.SendDecline:
		c.sendDecline(e.Reason)
	case call.SendConfirm:
		c.deliver(relay.KindConfirm, c.secrets.Confirm())
	case call.ShowReadback:
		c.tell(call.ReadbackShown{Code: c.secrets.Readback(0)})
	case call.SendReport:
		c.aside(func(ctx context.Context) done { return c.report(ctx, e.Reason) })
	}
}

// lookUp is message 2 of CP1: read what the customer typed, find the bank in
// the keyring, ask the relay, check everything.
func (c *customerCall) lookUp(ctx context.Context) done {
	f, err := c.find(ctx)
	return func() call.Input {
		if c.closing != nil { // ended meanwhile
			if f.conn != nil {
				f.conn.Close()
			}
			return nil
		}
		c.conn, c.bank, c.own, c.device, c.frame, c.keys = f.conn, f.bank, f.own, f.device, f.frame, f.keys
		c.core, c.oid, c.judged = f.out.Core, f.out.OID, f.judged
		if err != nil {
			return call.LookupFailed{Reason: ending.Of(err, ending.LineLost)}
		}
		c.keepRenewed(f.fresh) // the bundle that vouches for it is kept
		return call.LookedUp{Output: f.out}
	}
}

func (c *customerCall) find(ctx context.Context) (found, error) {
	in := verdict.Input{Now: c.clock.Now(), Answers: c.asked.Answers, Offline: c.asked.Offline, Helped: c.asked.Helped, ProgramVersion: assets.Version, Readable: c.readable}
	if err := c.readOffer(&in); err != nil {
		return found{}, err
	}
	f := found{frame: in.Frame}
	var err error
	if f.bank, err = c.bankOf(ctx, in.Frame); err != nil {
		if ending.Of(err, "") == ending.UnknownBank {
			f.out = verdict.Check(in) // without an anchor: stopped, unknown_bank
			return f, nil
		}
		return f, err
	}
	if err := c.fillOwn(ctx, &f, &in); err != nil {
		return f, err
	}
	if err := c.check(ctx, &f, &in); err != nil {
		return f, err
	}
	if f.out.SignedBundle != nil || f.out.SignedContent != nil {
		if err := c.adopt(ctx, f.bank, f.out.Bundle, f.out.SignedBundle, f.out.SignedContent, contactOf(f.out)); err != nil {
			return f, err
		}
		f.bank.bundle = f.out.Bundle
	} else if upToDate(in.Served, f.out) {
		c.noteChecked(ctx, f.bank, contactOf(f.out))
	}
	f.judged = in
	if f.out.Reply {
		err = c.checkAgain(ctx, &f)
	}
	return f, err
}

// checkAgain looks, before anything is answered, at what another call of this
// home has changed since this one began: a newer bundle (an answer that was held
// back may name an issuer that the bank has given up), a hold, an offer
// answered. Reasons: busy (the bundle changed: try again), and those of bank.
func (c *customerCall) checkAgain(ctx context.Context, f *found) error {
	kept, err := c.stillHolds(ctx, &f.out, &f.judged)
	if err != nil || !f.out.Reply {
		return err
	}
	err = kept.mayAnswer(f.out.OID, f.out.Core.Expiry())
	if ending.Of(err, "") == ending.Replayed {
		f.out = f.out.Refused(ending.Replayed)
		return nil
	}
	return err
}

// stillHolds reads pin and record again and, where a stop or another bank has
// come since a verdict was made, makes it anew. Reasons: busy (the bundle
// changed), and those of bank.
func (c *customerCall) stillHolds(ctx context.Context, out *verdict.Output, in *verdict.Input) (bank, error) {
	kept, err := c.home.bank(ctx, roleCustomer, out.Bundle.BankID)
	if err != nil {
		return bank{}, err
	}
	if kept.anchor.Hash != out.Bundle.Hash() {
		return bank{}, ending.Because(ending.Busy, "another call has brought a newer bundle meanwhile")
	}
	others, claimed, err := c.namesBeside(ctx, out.Bundle.BankID)
	if err != nil {
		return bank{}, err
	}
	until := kept.holdUntil()
	if until.After(in.HoldUntil) || !slices.Equal(others, in.Bank.Others) || !slices.Equal(claimed, in.Bank.Claimed) {
		in.HoldUntil, in.Bank.Others, in.Bank.Claimed = until, others, claimed
		*out = verdict.Check(*in)
	}
	return kept, nil
}

// namesBeside lists the names of the other banks that are known here, and those
// that they claim beside them.
func (c *customerCall) namesBeside(ctx context.Context, id [16]byte) (names, claimed []verdict.Naming, err error) {
	others, err := c.pinsBeside(ctx, id, roleAgent, roleCustomer)
	if isDamaged(err) {
		// What a damaged neighbour was called is not known, and no reason to stop this bank.
		c.log.Warn("another bank's name cannot be compared", "error", err)
	} else if err != nil {
		return nil, nil, err
	}
	for _, pin := range others {
		names = append(names, namesOf(pin)...)
		if claims := claimsOf(pin); claims.Name != "" {
			claimed = append(claimed, claims)
		}
	}
	return names, claimed, nil
}

// check asks the relay for the offer and judges it; if the own credential
// stands in the way, or is old, with a fresh one. All of it in the time of one
// request.
func (c *customerCall) check(ctx context.Context, f *found, in *verdict.Input) error {
	ctx, cancel := c.request(ctx)
	defer cancel()
	if !in.Offline {
		if err := c.ask(ctx, f, in); err != nil {
			return err
		}
	}
	f.out = verdict.Check(*in)
	if f.out.Renew {
		c.renew(ctx, f, in)
		f.out = verdict.Check(*in)
	}
	return nil
}

// contactOf is what a call with this verdict may change of the bank's name. An
// offer that is stopped names nobody on any screen.
func contactOf(out verdict.Output) contact {
	timed := out.Credential != nil && !slices.Contains(out.Reasons, ending.WrongClock) && !slices.Contains(out.Reasons, ending.Expired)
	return contact{timed: timed, named: out.Reply}
}

// upToDate reports whether the server's newest bundle is the one that is kept,
// and it had no newer content that was not taken.
func upToDate(served *verdict.Served, out verdict.Output) bool {
	return served != nil && out.Bundle != nil && len(served.Content) == 0 &&
		out.Bundle.Version == served.BundleVersion && out.Bundle.Hash() == served.BundleHash
}

// readOffer reads what was typed or shown. A wrong check digit ends here,
// before anything is sent.
func (c *customerCall) readOffer(in *verdict.Input) error {
	if c.asked.QRText != "" && c.asked.Code != "" {
		return ending.Because(ending.NotACode, "a code or a QR code, not both")
	}
	if c.asked.QRText != "" {
		frame, err := offer.ParseText(c.asked.QRText)
		if err != nil {
			return err
		}
		if _, _, err := frame.Claims(); err != nil {
			return err
		}
		in.Entry, in.Frame = offer.ByQR, &frame
		return nil
	}
	code, err := offer.ParseCode(c.asked.Code)
	if err != nil {
		return err
	}
	in.Entry, in.Code = offer.ByCode, code
	return nil
}

// bankOf finds the bank: the one that the customer named. For a QR code its
// bundle must list the credential's issuer; without a name it is the one that
// does. Where two list it, the frame alone does not say whose it is: online the
// hash of the offer's keys decides, offline nothing can. A bank that cannot be
// opened may list it as well.
func (c *customerCall) bankOf(ctx context.Context, frame *offer.Frame) (bank, error) {
	banks, faults, err := c.banks(ctx, roleCustomer)
	if err != nil {
		return bank{}, err
	}
	if fault := faults[c.asked.Bank]; fault != nil {
		return bank{}, vaultError(fault)
	}
	if len(faults) > 0 && (c.asked.Bank == [16]byte{} || frame != nil && c.asked.Offline) {
		return bank{}, ending.Because(ending.UnknownBank, "a bank that cannot be opened may be the one")
	}
	if frame == nil {
		return choose(banks, c.asked.Bank)
	}
	_, credential, err := frame.Claims()
	if err != nil {
		return bank{}, err
	}
	var listing []bank
	for _, b := range banks {
		if b.bundle.Lists(trust.RoleIssuer, credential.Issuer) {
			listing = append(listing, b)
		}
	}
	if c.asked.Offline && len(listing) > 1 {
		return bank{}, ending.Because(ending.UnknownBank, "two banks list the issuer of this frame")
	}
	return choose(listing, c.asked.Bank)
}

// fillOwn adds what this device holds: anchor and bundle, its own credential,
// the number it shows, an earlier stop. It also reads the number dialled, which
// the bank's country decides. Reasons: not_a_code, revoked, no_keyring,
// keyring_locked.
func (c *customerCall) fillOwn(ctx context.Context, f *found, in *verdict.Input) error {
	others, claimed, err := c.namesBeside(ctx, f.bank.bundle.BankID)
	if err != nil {
		return err
	}
	now := c.clock.Now()
	in.Bank = verdict.Bank{
		Naming: namingBeside(f.bank.pin, now, claimed), Taken: takenBy(f.bank.pin, now), Others: others, Claimed: claimed,
		Anchor: &f.bank.anchor, Bundle: f.bank.signedBundle(), Content: f.bank.Content,
	}
	if in.Answers.How == offer.ICalled {
		typed := in.Answers.Dialled
		if typed == "" {
			typed = f.bank.bundle.Lines[0]
		}
		// A number that cannot be read is no answer: it is asked for again, and
		// never taken for a wrong one, which would put the customer on hold.
		dialled, err := trust.ReadDialled(typed, f.bank.bundle.Lines)
		if err != nil {
			return ending.Wrap(ending.NotACode, fmt.Errorf("the number dialled: %w", err))
		}
		in.Answers.Dialled = dialled.E164
	}
	c.asked.Answers = in.Answers
	in.HoldUntil = f.bank.holdUntil()
	if len(f.bank.Credential) == 0 {
		return nil // a guest
	}
	// Whether it holds is the verdict's to say: by the bank's newest bundle, and
	// after a fresh one was asked for.
	own, err := trust.PeekDevice(f.bank.Credential)
	if err != nil {
		return ending.Because(ending.Revoked, "this device's credential does not hold any more: enrol again")
	}
	key, err := c.vault.Key(ctx, f.bank.Key)
	if errors.Is(err, vault.ErrNotFound) {
		return ending.Because(ending.Revoked, "the keyring does not hold this device's key any more: enrol again")
	}
	if err != nil {
		return vaultError(err)
	}
	if !bytes.Equal(own.Public, wire.Point(&key.PublicKey)) { // somebody has changed the keyring or the record
		return ending.Because(ending.Revoked, "this device's credential is for another key: enrol again")
	}
	f.own, f.device = own, key
	in.Own = &verdict.Own{Credential: f.bank.Credential}
	return nil
}

// ask sends the lookup. What the relay refuses about the offer is part of the
// check; what keeps the relay from answering is not.
func (c *customerCall) ask(ctx context.Context, f *found, in *verdict.Input) error {
	var err error
	if f.conn, err = c.dial(ctx, connection.Options{Role: relay.RoleCompanion}, f.bank.bundle.Relays); err != nil {
		return err
	}
	request := relay.LookupRequest{Code: in.Code, BundleVersion: f.bank.bundle.Version, BundleHash: f.bank.bundle.Hash()}
	if content, err := f.bank.bundle.Content(f.bank.Content); err == nil {
		request.ContentVersion = content.Version
	}
	if in.Frame != nil {
		core, _, err := in.Frame.Claims()
		if err != nil {
			return err
		}
		oid := core.ID()
		request.OID = oid[:]
	}
	answer, err := f.conn.Lookup(ctx, request)
	in.Now = c.clock.Now()
	switch reason := ending.Of(err, ending.LineLost); {
	case err == nil:
		f.keys = answer.Keys(f.bank.bundle.BankID)
		in.Served = &verdict.Served{
			Core: answer.Core, Credential: answer.Credential, Keys: f.keys, Staple: answer.Staple,
			BundleVersion: answer.News.BundleVersion, BundleHash: answer.News.BundleHash,
			Bundles: answer.News.Bundles, Content: answer.News.Content,
		}
	case reason == ending.Busy || reason == ending.LineLost || reason == ending.ServerDown:
		return err
	default:
		in.Refused = reason
	}
	return nil
}

// sendReply makes the reply once and sends the same bytes every time.
func (c *customerCall) sendReply() {
	if c.envelope == nil {
		out := c.state.Verdict
		hands, envelope, err := handshake.Start(c.core, c.keys, c.asked.Answers, c.entry(), out.FrameTime, c.bank.Credential, c.device)
		if err != nil {
			c.inbox.put(call.ReplyFailed{Reason: ending.Of(err, ending.Forged)})
			return
		}
		c.hands, c.envelope = hands, envelope
	}
	c.aside(func(ctx context.Context) done {
		ctx, cancel := c.request(ctx)
		defer cancel()
		_, err := c.conn.SendUp(ctx, relay.Up{OID: c.oid, Kind: relay.KindReply, Body: c.envelope}, true)
		return func() call.Input {
			if err == nil {
				c.replied = true
			}
			if err == nil || broken(err) || c.replied {
				// A broken connection sends again when it is back. A server that was
				// restarted since it took the reply says that it knows nothing of
				// it, which is no word about the offer. Patience bounds the wait.
				return nil
			}
			return call.ReplyFailed{Reason: ending.Of(err, ending.Forged)}
		}
	})
}

func (c *customerCall) entry() offer.EntryPath {
	if c.frame != nil {
		return offer.ByQR
	}
	return offer.ByCode
}

func (c *customerCall) sendDecline(reason ending.Reason) {
	if c.conn == nil || c.keys.PKA == nil {
		return
	}
	sealed, err := handshake.SealDecline(c.core, c.keys, reason, c.bank.Credential, c.device)
	if err != nil {
		c.log.Error("a decline cannot be sealed", "error", err)
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, flushTime)
	defer cancel()
	// The answer is waited for: the connection closes next, and the agent should
	// not be left waiting for a read-back that never comes.
	if _, err := c.conn.SendUp(ctx, relay.Up{OID: c.oid, Kind: relay.KindDecline, Body: sealed}, true); err != nil {
		c.log.Debug("decline not sent", "error", err)
	}
}

// report keeps the stop on this device and tells the bank of it. Neither waits
// for the other: the hold must not depend on the network, nor the report on a
// slow keyring.
func (c *customerCall) report(ctx context.Context, reason ending.Reason) done {
	var holding sync.WaitGroup
	holding.Go(func() { c.hold(ctx) })
	if err := c.sendReport(ctx, reason); err != nil {
		c.log.Warn("the stop could not be reported", "reason", ending.Of(err, ending.LineLost))
	}
	holding.Wait()
	return func() call.Input { return call.ReportDone{} }
}

// hold keeps the stop on this device.
func (c *customerCall) hold(ctx context.Context) {
	now := c.clock.Now()
	// Neither the network's patience nor the end of the call cuts this short.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := c.change(keep, roleCustomer, c.bank.bundle.BankID, func(r *record) {
		r.HoldUntil = max(r.HoldUntil, now.Add(holdTime).Unix())
	}); err != nil {
		c.log.Error("the stop cannot be kept on this device", "error", err)
	}
}

func (c *customerCall) sendReport(ctx context.Context, reason ending.Reason) error {
	if c.conn == nil || c.device == nil {
		return nil // offline, or a guest whom the authority would not count
	}
	key := c.bank.bundle.Public(trust.RoleReport, c.clock.Now())
	enc, sealed, err := report.Seal(key, c.oid, reason, c.clock.Now(), c.device, c.bank.Credential)
	if err != nil {
		return fmt.Errorf("sealing: %w", err)
	}
	ctx, cancel := c.request(ctx)
	defer cancel()
	return c.conn.Report(ctx, relay.ReportRequest{OID: c.oid, Enc: enc, Ciphertext: sealed})
}

func (c *customerCall) receive(p relay.Push) call.Input {
	switch p.Kind {
	case relay.KindReveal:
		return c.revealed(p.Body)
	case relay.KindRefuse:
		return c.refused(p.Body)
	}
	return nil
}

func (c *customerCall) revealed(body []byte) call.Input {
	if c.hands == nil || c.secrets != nil {
		return nil // not asked for, or the same reveal once more
	}
	secrets, err := c.hands.Reveal(body)
	if err == nil {
		err = c.ready(secrets, channel.FromCompanion)
	}
	if err != nil {
		return call.RevealBroken{Reason: ending.Forged}
	}
	c.remember()
	c.lookOnceMore()
	return nil
}

// lookOnceMore lets nothing be shown before pin and record were read again: the
// agent may have held the reveal back, and the person has removed the bank
// meanwhile, or added the one whose name it had.
func (c *customerCall) lookOnceMore() {
	out, in := c.state.Verdict, c.judged
	c.aside(func(ctx context.Context) done {
		_, err := c.stillHolds(ctx, &out, &in)
		return func() call.Input {
			switch reason := ending.Of(err, ending.NoKeyring); {
			case err == nil && out.Reply:
				return call.RevealArrived{}
			case err == nil:
				return call.RevealBroken{Reason: verdict.Ending(out.Reasons)}
			case reason == ending.UnknownBank:
				return call.RevealBroken{Reason: reason}
			default:
				return call.RecheckFailed{Reason: reason}
			}
		}
	})
}

// remember keeps the offer as answered, so that it is never answered again.
// Like the history, neither the end of the call cuts it short nor does it hold
// up the ending: whoever answered for the agent could else end the call at once
// and have the same offer answered once more.
func (c *customerCall) remember() {
	id, answered, now := c.bank.bundle.BankID, seen{OID: c.oid, Expiry: c.core.Expiry()}, c.clock.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), keepTime)
	c.story.keeping.Go(func() {
		defer cancel()
		err := c.change(ctx, roleCustomer, id, func(r *record) { r.answer(answered, now) })
		if err != nil {
			c.log.Error("an answered offer cannot be kept", "error", err)
		}
	})
}

func (c *customerCall) refused(body []byte) call.Input {
	if c.hands == nil || c.secrets != nil {
		return nil
	}
	reason, err := c.hands.Refusal(body)
	if err != nil {
		return call.RevealBroken{Reason: ending.Forged}
	}
	return call.RefuseArrived{Reason: reason}
}

// readback: only agents type one.
func (c *customerCall) readback(string) call.Input { return nil }

// mayOpen: there are keys from the reveal on, and it counts once pin and record were read again.
func (c *customerCall) mayOpen() bool { return c.state.Phase != call.Replying }

func (c *customerCall) send(ctx context.Context, kind relay.Kind, body []byte) error {
	_, err := c.conn.SendUp(ctx, relay.Up{OID: c.oid, Kind: kind, Body: body}, false)
	return err
}

// readmission looks whether the bank is still known here, and also confirms again while the call is not secure: the
// confirmation may have been lost with the connection.
func (c *customerCall) readmission() func(context.Context) ([]byte, error) {
	conn, oid, ticket, bank, confirm := c.conn, c.oid, c.ticket, c.bank.bundle.BankID, []byte(nil)
	if c.state.Phase != call.Secure {
		confirm = c.secrets.Confirm()
	}
	return func(ctx context.Context) ([]byte, error) {
		if _, err := c.pinOf(ctx, bank); ending.Of(err, "") == ending.UnknownBank {
			return nil, err // it was removed during the call
		}
		staple, err := conn.SendUp(ctx, relay.Up{OID: oid, Kind: relay.KindReadmit, Body: ticket}, true)
		if err != nil || confirm == nil {
			return staple, err
		}
		_, err = conn.SendUp(ctx, relay.Up{OID: oid, Kind: relay.KindConfirm, Body: confirm}, false)
		return staple, err
	}
}

func (c *customerCall) peerCredential() ([16]byte, bool) {
	credential := c.state.Verdict.Credential
	if credential == nil {
		return [16]byte{}, false
	}
	return credential.ID, true
}

func (c *customerCall) role() string { return roleCustomer }

// past is what the history keeps of the call.
func (c *customerCall) past() Past {
	p := Past{Reason: c.state.Ending, Unverified: c.state.Verdict.Result != verdict.Verified}
	if c.bank.bundle != nil {
		p.Bank, p.Domain, p.Guest = c.bank.pin.Name, c.bank.pin.Domain, c.own == nil
	}
	kept := c.state.Verdict.Kept()
	p.Name, p.Department, p.Purpose, p.Direction = kept.Name, kept.Department, kept.Purpose, kept.Direction
	return p
}

func (c *customerCall) forget() {
	if c.hands != nil {
		c.hands.Erase()
	}
	c.device = nil
}

// retire: a companion has nothing to retire.
func (c *customerCall) retire(context.Context, ending.Reason) {}
