// This file owns enrolment: a ticket's mutual proof, by which a letter in hand
// vouches for the bank's root keys without anybody comparing anything, and
// pinning by words for guests.

package session

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"countersign/session/ending"
	"countersign/session/enrol"
	"countersign/session/line"
	"countersign/session/relay"
	"countersign/session/trust"
	"countersign/session/vault"
	"countersign/session/verdict"
	"countersign/session/wire"
)

// enrolTime bounds a whole enrolment; Argon2id alone takes about a second on
// a slow machine.
const enrolTime = 30 * time.Second

// Enrolment is what a person brings to enrol.
type Enrolment struct {
	Ticket      string // CT1:HOST:PORT/XXXX-XXXX-XXXX-XXXX
	Fingerprint string // "" or the eight words, typed, never compared by eye
	Prompted    bool   // somebody on the phone is telling the person to do this: stops
}

// enrolled is what a successful enrolment brought home.
type enrolled struct {
	bank bank
	totp string
}

// enrol runs the mutual proof. Nothing is pinned and no key is kept unless the
// server proved that it knows the ticket's secret for exactly these roots.
func (h *home) enrol(ctx context.Context, e Enrolment, role string) (enrolled, error) {
	if e.Prompted {
		return enrolled{}, ending.Because(ending.Cancelled, "somebody else asked for this enrolment")
	}
	ticket, err := enrol.ParseTicket(e.Ticket)
	if err != nil {
		return enrolled{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, enrolTime)
	defer cancel()
	conn, err := h.reach(ctx, line.Options{URL: "tls://" + ticket.Addr, Role: relay.RoleEnrol, AnyKey: true})
	if err != nil {
		return enrolled{}, err
	}
	defer conn.Close()

	pending := pendingKey(role, ticket)
	key, kept, err := h.ownKey(ctx, pending)
	if err != nil {
		return enrolled{}, err
	}
	forget := func() {
		if !kept {
			h.vault.DeleteKey(context.WithoutCancel(ctx), pending)
		}
	}
	got, err := h.prove(ctx, conn, ticket, e.Fingerprint, role, key)
	if err != nil {
		if _, isReason := errors.AsType[*ending.Error](err); isReason {
			forget()
		}
		return enrolled{}, err
	}
	return got, nil
}

// pendingKey names a key until its bank is known. Each ticket has its own: two
// enrolments at once must not take each other's key, nor two banks see the same.
func pendingKey(role string, t enrol.Ticket) string {
	return role + "/pending/" + strings.ToLower(t.Name)
}

// ownKey makes the key that the bank is to vouch for, or takes up the one that
// an enrolment by the same ticket, cut off by a crash, has left.
func (h *home) ownKey(ctx context.Context, name string) (*ecdsa.PrivateKey, bool, error) {
	key, err := h.vault.NewKey(ctx, name)
	if errors.Is(err, vault.ErrExists) {
		key, err = h.vault.Key(ctx, name)
		return key, true, vaultError(err)
	}
	return key, false, vaultError(err)
}

func (h *home) prove(ctx context.Context, conn *line.Conn, ticket enrol.Ticket, words, role string, key *ecdsa.PrivateKey) (enrolled, error) {
	hello := relay.EnrolHelloRequest{Ticket: ticket.Name, Public: wire.Point(&key.PublicKey), Agent: role == roleAgent}
	rand.Read(hello.Nonce[:])
	server, err := ask[relay.EnrolHelloAnswer](ctx, conn, relay.EnrolHello, hello)
	if err != nil {
		return enrolled{}, err
	}
	// Asked again before anything is kept; here it saves the ticket.
	if err := h.worksForOne(ctx, role, server.BankID); err != nil {
		return enrolled{}, err
	}
	roots := trust.RootsHash(server.Roots, int(server.Threshold))
	if words != "" {
		if err := enrol.CheckWords(words, roots); err != nil {
			return enrolled{}, err
		}
	}
	if err := h.clashesBefore(ctx, conn, roots, server.BankID); err != nil {
		return enrolled{}, err
	}
	transcript := enrol.Transcript(roots, server.BankID, hello.Public, hello.Nonce, server.Nonce, hello.Agent)
	secret := ticket.Key()
	defer clear(secret[:])
	possession, err := wire.Sign(wire.LabelPossession, key, transcript[:])
	if err != nil {
		return enrolled{}, err
	}
	answer, err := ask[relay.EnrolProveAnswer](ctx, conn, relay.EnrolProve, relay.EnrolProveRequest{
		Ticket: ticket.Name, Proof: enrol.ClientProof(secret, transcript), Possession: possession,
	})
	if err != nil {
		return enrolled{}, err
	}
	if !enrol.SameProof(answer.Proof, enrol.ServerProof(secret, transcript)) {
		return enrolled{}, ending.Because(ending.Forged, "the server does not know the ticket's secret")
	}
	bundle, err := h.vouched(conn, answer.Bundles, roots)
	if err != nil {
		return enrolled{}, err
	}
	if bundle.BankID != server.BankID {
		return enrolled{}, ending.Because(ending.Forged, "the bundle is another bank's")
	}
	r := record{Role: role, Content: answer.Content, Credential: answer.Credential, AgentID: answer.AgentID}
	if err := checkOwn(bundle, r, hello.Public); err != nil {
		return enrolled{}, err
	}
	b, err := h.keep(ctx, bundle, answer.Bundles, r, func() error {
		return vaultError(h.vault.RenameKey(ctx, pendingKey(role, ticket), keyName(role, bundle.BankID)))
	})
	return enrolled{bank: b, totp: answer.TOTP}, err
}

// clashesBefore looks for a name clash, and for somebody in the middle, before
// the ticket is used up. Nothing vouches for the bundles yet, so that they hold
// proves nothing, and what does not hold is found again after the proof.
// Reasons: name_clash, wrong_server_key.
func (h *home) clashesBefore(ctx context.Context, conn *line.Conn, roots [32]byte, id [16]byte) error {
	answer, err := ask[relay.EnrolBundleAnswer](ctx, conn, relay.EnrolBundle, struct{}{})
	if err != nil {
		return nil
	}
	bundle, err := trust.OpenLineage(answer.Bundles, roots)
	if err != nil || bundle.BankID != id {
		return nil
	}
	if !listsServer(bundle, conn) {
		return ending.Because(ending.WrongServerKey, "the bundle names another TLS key")
	}
	if _, err := h.mayKeep(ctx, bundle, answer.Bundles); ending.Of(err, "") == ending.NameClash {
		return err
	}
	return nil
}

// listsServer reports whether this very server is one that the bundle names.
func listsServer(bundle *trust.Bundle, conn *line.Conn) bool {
	return slices.ContainsFunc(bundle.Relays, func(r trust.Relay) bool { return r.KeyHash == conn.SeenKey() })
}

// vouched opens a lineage by the roots hash of its newest bundle and checks that
// this very server is one that the bundle names. Reasons: forged, expired,
// wrong_server_key.
func (h *home) vouched(conn *line.Conn, lineage [][]byte, roots [32]byte) (*trust.Bundle, error) {
	bundle, err := trust.OpenLineage(lineage, roots)
	if err != nil {
		return nil, ending.Because(ending.Forged, err.Error())
	}
	if bundle.Expired(h.clock.Now()) {
		return nil, ending.Because(ending.Expired, "the bank's bundle")
	}
	if !listsServer(bundle, conn) {
		return nil, ending.Because(ending.WrongServerKey, "the bundle names another TLS key")
	}
	return bundle, nil
}

// checkOwn makes sure that what the bank signed is for this key.
func checkOwn(bundle *trust.Bundle, r record, public []byte) error {
	if _, err := bundle.Content(r.Content); err != nil {
		return ending.Because(ending.Forged, err.Error())
	}
	if r.Role == roleAgent {
		return nil // an agent's credential is signed at sign-in
	}
	device, err := bundle.Device(r.Credential)
	if err != nil || string(device.Public) != string(public) {
		return ending.Because(ending.Forged, "the device credential is not for this device")
	}
	return nil
}

// NameClash says that a bank which is to be enrolled or pinned can be taken for
// one that is known here. Which of the two is the false one nobody here can
// tell: it may be the one that came first. It carries name_clash.
type NameClash struct{ Known, New Bank }

// Error implements error.
func (e *NameClash) Error() string { return "the bank can be taken for one that is known here" }

// Unwrap gives the ending.
func (e *NameClash) Unwrap() error { return ending.Because(ending.NameClash, "") }

// mayKeep refuses, for a bank that is pinned, whatever is neither the pinned
// bundle nor descends from it, and a new bank that can be taken for another one.
// It returns what is in force until then, for a new bank nothing but its id.
// Reasons: forged, name_clash.
func (h *home) mayKeep(ctx context.Context, bundle *trust.Bundle, lineage [][]byte) (trust.Anchor, error) {
	inForce := trust.Anchor{BankID: bundle.BankID}
	pin, err := h.vault.Pin(ctx, bundle.BankID)
	switch {
	case err == nil:
		inForce = anchorOf(pin)
		if err := inForce.Reaches(lineage); err != nil {
			return inForce, ending.Because(ending.Forged, err.Error())
		}
		return inForce, nil
	case errors.Is(err, vault.ErrDamaged):
		// It says nothing any more, like one that is gone: a letter of the bank
		// is the way out.
		h.log.Warn("a bank's pin is damaged and is replaced")
	case !errors.Is(err, vault.ErrNotFound):
		return inForce, vaultError(err)
	}
	clash, err := h.clash(ctx, bundle)
	if err != nil || clash == nil {
		return inForce, err
	}
	return inForce, &NameClash{
		Known: fromPin(*clash, h.clock.Now()),
		New:   Bank{ID: bundle.BankID, Naming: verdict.Naming{Name: bundle.Name, Domain: bundle.Domain}, Since: h.clock.Now()},
	}
}

// WorksForAnother says that this home's agent works for another bank already: a
// second one would leave open for whom a call is. It carries unsupported.
type WorksForAnother struct{ Known Bank }

// Error implements error.
func (e *WorksForAnother) Error() string { return "this agent works for another bank" }

// Unwrap gives the ending.
func (e *WorksForAnother) Unwrap() error { return ending.Because(ending.Unsupported, "") }

// worksForOne refuses a second bank to an agent, and to both roles one more than
// there is room for. Reasons: unsupported, no_keyring, keyring_locked.
func (h *home) worksForOne(ctx context.Context, role string, id [16]byte) error {
	if err := h.hasRoom(role, id); err != nil {
		return err
	}
	if role != roleAgent {
		return nil
	}
	others, err := h.pinsBeside(ctx, id, roleAgent)
	if err != nil || len(others) == 0 {
		return err
	}
	return &WorksForAnother{fromPin(others[0], h.clock.Now())}
}

// keep compares the bank with all that are known, then writes the record and
// then the pin, which is what makes it count. In between, once nothing can be
// refused any more, it takes over what else belongs to it. Reasons: those of
// worksForOne and mayKeep; cancelled (a guest's pin where the bank is known); no_keyring,
// keyring_locked.
func (h *home) keep(ctx context.Context, bundle *trust.Bundle, lineage [][]byte, r record, takeOver func() error) (bank, error) {
	unlock, err := h.lock(ctx)
	if err != nil {
		return bank{}, err
	}
	defer unlock()
	if err := h.worksForOne(ctx, r.Role, bundle.BankID); err != nil {
		return bank{}, err
	}
	inForce, err := h.mayKeep(ctx, bundle, lineage)
	if err != nil {
		return bank{}, err
	}
	switch old, err := h.readRecord(ctx, r.Role, bundle.BankID); {
	case err == nil && r.Role == roleCustomer && len(r.Credential) == 0 && inForce.Version > 0:
		return bank{}, ending.Because(ending.Cancelled, "this bank is already enrolled or pinned here")
	case err == nil:
		r.HoldUntil, r.Seen, r.Forgotten = old.HoldUntil, old.Seen, old.Forgotten // enrolling again must not lift a hold
		r.Bundles = old.Bundles
		offered := r.Content
		r.Content = old.Content
		r.addContent(offered, bundle)
	case errors.Is(err, fs.ErrNotExist):
	case isDamaged(err):
		h.log.Warn("an old record of this bank cannot be read and is replaced")
	default:
		return bank{}, err
	}
	if takeOver != nil {
		if err := takeOver(); err != nil {
			return bank{}, err
		}
	}
	newest := lineage[len(lineage)-1]
	r.add(newest, inForce)
	r.Checked = h.clock.Now().Unix()
	if err := h.writeRecord(ctx, bundle.BankID, r); err != nil {
		return bank{}, err
	}
	if err := h.addToOther(ctx, r.Role, newest, inForce); err != nil {
		return bank{}, err
	}
	// A known bank is renamed by a call, which knows the time.
	pin, err := h.repin(ctx, bundle, false)
	if err != nil {
		return bank{}, err
	}
	return bank{record: r, pin: pin, anchor: bundle.Anchor(), bundle: bundle}, nil
}

// pinByWords pins a bank whose roots the person knows by eight typed words.
// The device is a guest there.
func (h *home) pinByWords(ctx context.Context, addr, words string) (bank, error) {
	if strings.TrimSpace(words) == "" {
		return bank{}, ending.Because(ending.NotACode, "pinning needs the eight words")
	}
	ctx, cancel := context.WithTimeout(ctx, enrolTime)
	defer cancel()
	conn, err := h.reach(ctx, line.Options{URL: "tls://" + strings.TrimPrefix(strings.ToLower(strings.TrimSpace(addr)), "tls://"), Role: relay.RoleEnrol, AnyKey: true})
	if err != nil {
		return bank{}, err
	}
	defer conn.Close()
	answer, err := ask[relay.EnrolBundleAnswer](ctx, conn, relay.EnrolBundle, struct{}{})
	if err != nil {
		return bank{}, err
	}
	roots, err := trust.ClaimedRoots(answer.Bundles)
	if err != nil {
		return bank{}, ending.Because(ending.Forged, err.Error())
	}
	if err := enrol.CheckWords(words, roots); err != nil {
		return bank{}, err
	}
	bundle, err := h.vouched(conn, answer.Bundles, roots)
	if err != nil {
		return bank{}, err
	}
	if _, err := bundle.Content(answer.Content); err != nil {
		return bank{}, ending.Because(ending.Forged, err.Error())
	}
	return h.keep(ctx, bundle, answer.Bundles, record{Role: roleCustomer, Content: answer.Content}, nil)
}

// ask sends one enrolment step and decodes the answer.
func ask[T any](ctx context.Context, conn *line.Conn, step relay.EnrolStep, request any) (T, error) {
	var answer T
	body, err := conn.Enrol(ctx, step, wire.Marshal(request))
	if reason := ending.Of(err, ""); reason == ending.Completed || reason == ending.NameClash {
		// No server refuses by what only this computer can say.
		return answer, ending.Because(ending.Unsupported, "the server's refusal is none")
	}
	if err != nil {
		return answer, err
	}
	if answer, err = relay.Decode[T](body); err != nil {
		return answer, ending.Because(ending.Forged, fmt.Sprintf("the server's answer: %v", err))
	}
	return answer, nil
}
