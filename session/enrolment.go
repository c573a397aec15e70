// This file owns enrolment: a ticket's mutual proof, by which a letter in hand
// vouches for the bank's root keys without anybody comparing anything, and
// pinning by words for guests.

package session

import (
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign/session/computer/connection"
	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
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

// enrol runs the mutual proof. Nothing is pinned unless the server proved that
// the ticket vouches for exactly these roots. Whatever cuts it off, the same
// ticket can be tried again on this computer: the key stays, and the server
// gives the same key the same answer.
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
	unlock, err := h.lockTicket(ctx, ticket)
	if err != nil {
		return enrolled{}, err
	}
	defer unlock()
	conn, err := h.reach(ctx, connection.Options{URL: "tls://" + ticket.Addr, Role: relay.RoleEnrol, AnyKey: true})
	if err != nil {
		return enrolled{}, err
	}
	defer conn.Close()
	keys, err := ticket.Keys()
	if err != nil {
		return enrolled{}, err
	}
	name := keyName(role, keys)
	key, kept, err := h.ownKey(ctx, name)
	if err != nil {
		return enrolled{}, err
	}
	a := attempt{home: h, conn: conn, ticket: ticket, keys: keys, words: e.Fingerprint, role: role, key: key, keyName: name}
	got, err := a.run(ctx)
	if err != nil && !kept && !a.mayCount(err) {
		if err := h.vault.DeleteKey(context.WithoutCancel(ctx), name); err != nil {
			h.log.Warn("a key that serves nothing is left in the keyring", "error", err)
		}
	}
	return got, err
}

// keyName names this program's own key by the ticket that it was made for: the
// bank is not known yet when the key is made, a name that is free for ever
// leaves the key of an earlier enrolment alone, and the same ticket finds the
// same key again after a stop.
func keyName(role string, k enrol.Keys) string {
	id := wire.KeyID(k.Public())
	return role + "/" + hex.EncodeToString(id[:])
}

// ownKey makes the key that the bank is to vouch for, or takes up the one that
// an enrolment by the same ticket, cut off, has left.
func (h *home) ownKey(ctx context.Context, name string) (*ecdsa.PrivateKey, bool, error) {
	key, err := h.vault.NewKey(ctx, name)
	if errors.Is(err, vault.ErrExists) {
		key, err = h.vault.Key(ctx, name)
		return key, true, vaultError(err)
	}
	return key, false, vaultError(err)
}

// lockTicket makes enrolments by one ticket take turns: they share a key, which
// one of them may drop. Reason: busy.
func (h *home) lockTicket(ctx context.Context, t enrol.Ticket) (unlock func(), err error) {
	folder := filepath.Join(h.dir, "banks")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, vaultError(err)
	}
	unlock, err = vault.Lock(ctx, filepath.Join(folder, "enrolling-"+strings.ToLower(t.Name)))
	if errors.Is(err, vault.ErrLocked) {
		return nil, ending.Because(ending.Busy, "another enrolment by this ticket is under way here")
	}
	return unlock, vaultError(err)
}

// attempt is one enrolment on its connection.
type attempt struct {
	*home
	conn    *connection.Conn
	ticket  enrol.Ticket
	keys    enrol.Keys
	words   string // "" or as typed
	role    string
	key     *ecdsa.PrivateKey
	keyName string
	proved  bool // the proof was sent: the server may vouch for the key by now
}

// mayCount reports whether the server may know the key after this error.
func (a *attempt) mayCount(err error) bool {
	switch ending.Of(err, "") {
	case ending.UnknownCode, ending.TicketUsed, ending.TicketExpired, ending.Revoked:
		return false // it says that it does not
	}
	return a.proved
}

func (a *attempt) run(ctx context.Context) (enrolled, error) {
	hello := relay.EnrolHelloRequest{Ticket: a.ticket.Name, Public: wire.Point(&a.key.PublicKey), Agent: a.role == roleAgent}
	rand.Read(hello.Nonce[:])
	server, err := ask[relay.EnrolHelloAnswer](ctx, a.conn, relay.EnrolHello, hello)
	if err != nil {
		return enrolled{}, err
	}
	if err := a.checkBefore(ctx, server); err != nil {
		return enrolled{}, err
	}
	transcript := enrol.Transcript(server.RootsHash, server.BankID, hello.Public, hello.Nonce, server.Nonce, hello.Agent)
	proof, err := a.keys.ClientProof(transcript)
	if err != nil {
		return enrolled{}, err
	}
	possession, err := wire.Sign(wire.LabelPossession, a.key, transcript[:])
	if err != nil {
		return enrolled{}, err
	}
	a.proved = true
	answer, err := ask[relay.EnrolProveAnswer](ctx, a.conn, relay.EnrolProve, relay.EnrolProveRequest{
		Ticket: a.ticket.Name, Proof: proof, Possession: possession,
	})
	if err != nil {
		return enrolled{}, err
	}
	if !enrol.SameProof(answer.Proof, a.keys.ServerProof(server.RootsHash, server.BankID)) {
		return enrolled{}, ending.Because(ending.Forged, "the ticket does not vouch for these roots")
	}
	bundle, err := a.vouched(a.conn, answer.Bundles, server.RootsHash)
	if err != nil {
		return enrolled{}, err
	}
	if bundle.BankID != server.BankID {
		return enrolled{}, ending.Because(ending.Forged, "the bundle is another bank's")
	}
	r := record{Role: a.role, Content: answer.Content, Credential: answer.Credential, AgentID: answer.AgentID, Key: a.keyName}
	if err := checkOwn(bundle, r, hello.Public); err != nil {
		return enrolled{}, err
	}
	b, err := a.keep(ctx, bundle, answer.Bundles, r)
	return enrolled{bank: b, totp: answer.TOTP}, err
}

// checkBefore makes every check that needs no proof before the ticket is used
// up. So whoever stands in the middle, with another TLS key than the roots' own
// bundle names, gets no proof that the bank would take. All of it is checked
// again once the ticket vouches for the roots.
func (a *attempt) checkBefore(ctx context.Context, server relay.EnrolHelloAnswer) error {
	if err := a.worksForOne(ctx, a.role, server.BankID); err != nil {
		return err
	}
	if a.words != "" {
		if err := enrol.CheckWords(a.words, server.RootsHash); err != nil {
			return err
		}
	}
	answer, err := ask[relay.EnrolBundleAnswer](ctx, a.conn, relay.EnrolBundle, struct{}{})
	if err != nil {
		return err
	}
	bundle, err := a.vouched(a.conn, answer.Bundles, server.RootsHash)
	if err != nil {
		return err
	}
	if bundle.BankID != server.BankID {
		return ending.Because(ending.Forged, "the bundle is another bank's")
	}
	_, err = a.mayKeep(ctx, bundle, answer.Bundles)
	return err
}

// listsServer reports whether this very server is one that the bundle names.
func listsServer(bundle *trust.Bundle, conn *connection.Conn) bool {
	return slices.ContainsFunc(bundle.Relays, func(r trust.Relay) bool { return r.KeyHash == conn.SeenKey() })
}

// vouched opens a lineage by a roots hash that it holds and checks that this
// very server is one that the newest bundle names. Reasons: forged, expired,
// wrong_server_key.
func (h *home) vouched(conn *connection.Conn, lineage [][]byte, roots [32]byte) (*trust.Bundle, error) {
	bundle, err := trust.OpenLineage(lineage, roots)
	if err != nil {
		return nil, ending.Wrap(ending.Forged, err)
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
		return ending.Wrap(ending.Forged, err)
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
// bundle nor descends from it, and a bank that can be taken for another one, if
// it is new or this home has forgotten it: while it was forgotten another one
// may have got its name. It returns what is in force until then, for a new bank
// nothing but its id. Reasons: forged, name_clash.
func (h *home) mayKeep(ctx context.Context, bundle *trust.Bundle, lineage [][]byte) (trust.Anchor, error) {
	inForce := trust.Anchor{BankID: bundle.BankID}
	names := []verdict.Naming{{Name: bundle.Name, Domain: bundle.Domain}}
	pin, err := h.vault.Pin(ctx, bundle.BankID)
	switch {
	case err == nil:
		inForce = anchorOf(pin)
		if err := inForce.Reaches(lineage); err != nil {
			return inForce, ending.Wrap(ending.Forged, err)
		}
		if known, err := h.hasRecord(bundle.BankID); err != nil || known {
			return inForce, err
		}
		names = append(names, namesOf(pin)...) // it is shown as it is pinned
	case errors.Is(err, vault.ErrDamaged):
		// It says nothing any more, like one that is gone: a letter of the bank
		// is the way out.
		h.log.Warn("a bank's pin is damaged and is replaced")
	case !errors.Is(err, vault.ErrNotFound):
		return inForce, vaultError(err)
	}
	for _, name := range names {
		clash, err := h.clash(ctx, bundle.BankID, name, allNamesOf)
		if err != nil {
			return inForce, err
		}
		if clash != nil {
			return inForce, &NameClash{
				Known: fromPin(*clash, h.clock.Now()),
				New:   Bank{ID: bundle.BankID, Naming: name, Since: h.clock.Now()},
			}
		}
	}
	return inForce, nil
}

// hasRecord reports whether this home keeps a record of a bank, in either role,
// readable or not.
func (h *home) hasRecord(id [16]byte) (bool, error) {
	for _, role := range []string{roleAgent, roleCustomer} {
		ids, err := h.bankIDs(role)
		if err != nil || slices.Contains(ids, id) {
			return err == nil, err
		}
	}
	return false, nil
}

// SomebodyElse says that this computer is enrolled with the bank already, as
// another customer, or agent, than the one whom the ticket is for. Their calls
// would be green here from then on, and those of whoever uses this computer not:
// a fraudster who is the bank's customer need only pass a genuine letter on. It
// carries not_for_you. Once the bank is removed the same ticket enrols here.
type SomebodyElse struct {
	Known Bank
	Agent bool // enrolled as an agent, and not as a customer
}

// Error implements error.
func (e *SomebodyElse) Error() string { return "this computer is enrolled there as somebody else" }

// Unwrap gives the ending.
func (e *SomebodyElse) Unwrap() error { return ending.Because(ending.NotForYou, "") }

// sameOwner refuses to put a record of another agent or customer in the place of
// the one that is kept. Where the pin is gone the bank was removed, and only the
// end of that was cut off. Reasons: not_for_you (SomebodyElse), no_keyring,
// keyring_locked.
func (h *home) sameOwner(ctx context.Context, bundle *trust.Bundle, old, fresh record) error {
	if ownedAlike(old, fresh) {
		return nil
	}
	pin, err := h.vault.Pin(ctx, bundle.BankID)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return nil
	case errors.Is(err, vault.ErrDamaged):
		pin = vault.Pin{BankID: bundle.BankID, Name: bundle.Name, Domain: bundle.Domain}
	case err != nil:
		return vaultError(err)
	}
	return &SomebodyElse{Known: fromPin(pin, h.clock.Now()), Agent: fresh.Role == roleAgent}
}

// ownedAlike reports whether two records of one role are of one agent or
// customer. A guest is nobody. A credential that cannot be read is of somebody
// else.
func ownedAlike(old, fresh record) bool {
	if old.Role == roleAgent {
		return old.AgentID == fresh.AgentID
	}
	if len(old.Credential) == 0 || len(fresh.Credential) == 0 {
		return true
	}
	// Not by a bundle: the one in force may not list that issuer any more.
	was, err := trust.PeekDevice(old.Credential)
	if err != nil {
		return false
	}
	is, err := trust.PeekDevice(fresh.Credential)
	return err == nil && hmac.Equal(is.Pseudonym[:], was.Pseudonym[:])
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
// the pin, which is what makes it count. Where the bank is known already, what
// is in force stays usable until the new record is whole: first the new bundle
// and its pin, then, in one step, the record with the new credential that names
// the new key, and only then the old key goes. Reasons: those of worksForOne and
// mayKeep; cancelled (a guest's pin where the bank is known); not_for_you
// (SomebodyElse); no_keyring, keyring_locked.
func (h *home) keep(ctx context.Context, bundle *trust.Bundle, lineage [][]byte, r record) (bank, error) {
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
	old, err := h.readRecord(ctx, r.Role, bundle.BankID)
	switch {
	case err == nil && r.Role == roleCustomer && len(r.Credential) == 0 && inForce.Version > 0:
		return bank{}, ending.Because(ending.Cancelled, "this bank is already enrolled or pinned here")
	case err == nil:
		if err := h.sameOwner(ctx, bundle, old, r); err != nil {
			return bank{}, err
		}
		r.HoldUntil, r.Seen, r.Forgotten = old.HoldUntil, old.Seen, old.Forgotten // enrolling again must not lift a hold
		r.Bundles = old.Bundles
		offered := r.Content
		r.Content = old.Content
		r.addContent(offered, bundle)
	case isDamaged(err):
		h.log.Warn("an old record of this bank cannot be read and is replaced")
	case !errors.Is(err, fs.ErrNotExist):
		return bank{}, err
	}
	known := err == nil
	if err := h.keepKeys(ctx, r.Role, bundle.BankID, r.Key, old.Key); err != nil {
		return bank{}, err
	}
	newest := lineage[len(lineage)-1]
	r.add(newest, inForce)
	r.Checked = h.clock.Now().Unix()
	first := r
	if known { // the old credential, with the new bundle beside the one in force
		first = old
		first.Bundles = r.Bundles
	}
	if err := h.writeRecord(ctx, bundle.BankID, first); err != nil {
		return bank{}, err
	}
	if err := h.addToOther(ctx, r.Role, newest, inForce); err != nil {
		return bank{}, err
	}
	// A known bank is renamed by a call, which knows the time.
	pin, err := h.repin(ctx, bundle, contact{})
	if err != nil {
		return bank{}, err
	}
	if known {
		if err := h.writeRecord(ctx, bundle.BankID, r); err != nil {
			return bank{}, err
		}
		if err := h.keepKeys(ctx, r.Role, bundle.BankID, r.Key); err != nil {
			h.log.Warn("the key of an earlier enrolment is left in the keyring", "error", err)
		}
	}
	return bank{record: r, pin: pin, anchor: bundle.Anchor(), bundle: bundle}, nil
}

// keyList is what the keyring holds of this program's own keys for a bank. It
// lies beside the record, so that a damaged one leaves no key behind.
type keyList struct {
	Names []string `cbor:"1,keyasint"`
}

func (h *home) keysPath(role string, id [16]byte) string { return h.bankPath(role, id) + ".keys" }

// keepKeys removes all keys for a bank from the keyring but those that are
// needed, at most two, and writes down which these are: before a record names
// one, and after it left one. The caller holds the lock.
func (h *home) keepKeys(ctx context.Context, role string, id [16]byte, needed ...string) error {
	var list keyList
	path, label := h.keysPath(role, id), "keys/"+role+"/"+hex.EncodeToString(id[:])
	plain, err := h.vault.ReadFile(ctx, path, label)
	if err == nil {
		err = wire.Unmarshal(plain, wire.MaxObject, &list)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !isDamaged(err) {
		return vaultError(err)
	}
	needed = slices.Compact(slices.Sorted(slices.Values(slices.DeleteFunc(needed, func(name string) bool { return name == "" }))))
	for _, name := range list.Names {
		if !slices.Contains(needed, name) {
			if err := h.vault.DeleteKey(ctx, name); err != nil {
				return vaultError(err)
			}
		}
	}
	switch {
	case len(needed) == 0:
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return vaultError(err)
		}
		return nil
	case slices.Equal(list.Names, needed):
		return nil
	}
	return vaultError(h.vault.WriteFile(ctx, path, label, wire.Marshal(keyList{Names: needed})))
}

// pinByWords pins a bank whose roots the person knows by eight typed words.
// The device is a guest there.
func (h *home) pinByWords(ctx context.Context, addr, words string) (bank, error) {
	if strings.TrimSpace(words) == "" {
		return bank{}, ending.Because(ending.NotACode, "pinning needs the eight words")
	}
	ctx, cancel := context.WithTimeout(ctx, enrolTime)
	defer cancel()
	conn, err := h.reach(ctx, connection.Options{URL: "tls://" + strings.TrimPrefix(strings.ToLower(strings.TrimSpace(addr)), "tls://"), Role: relay.RoleEnrol, AnyKey: true})
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
		return bank{}, ending.Wrap(ending.Forged, err)
	}
	if err := enrol.CheckWords(words, roots); err != nil {
		return bank{}, err
	}
	bundle, err := h.vouched(conn, answer.Bundles, roots)
	if err != nil {
		return bank{}, err
	}
	if _, err := bundle.Content(answer.Content); err != nil {
		return bank{}, ending.Wrap(ending.Forged, err)
	}
	return h.keep(ctx, bundle, answer.Bundles, record{Role: roleCustomer, Content: answer.Content})
}

// ask sends one enrolment step and decodes the answer.
func ask[T any](ctx context.Context, conn *connection.Conn, step relay.EnrolStep, request any) (T, error) {
	var answer T
	body, err := conn.Enrol(ctx, step, wire.Marshal(request))
	switch ending.Of(err, "") {
	case ending.Completed, ending.NameClash, ending.NotForYou:
		// No server refuses by what only this computer can say.
		return answer, ending.Because(ending.Unsupported, "the server's refusal is none")
	}
	if err != nil {
		return answer, err
	}
	if answer, err = relay.Decode[T](body); err != nil {
		return answer, ending.Wrap(ending.Forged, fmt.Errorf("the server's answer: %w", err))
	}
	return answer, nil
}
