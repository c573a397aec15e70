// Package directory owns whom the bank knows: its agents, customers and their
// devices, the tickets by which they enrol, the second factor, the holds and
// the stop reports. It stands on a JetStream key-value bucket: in files, or in
// memory for a bank that ends with its process.
//
// It must not know of offers that live, of connections or of NATS subjects:
// package server asks it questions and acts on the answers.
//
// Rules: what is answered is on disk first (the server that owns the store
// runs with SyncAlways); two changes of one record never overwrite each other,
// because each names the revision that it has read; the store holds no secret
// of a ticket and nothing with which one could redeem it. Errors carry the
// reason of CP1's table where a client is to be told one; any other error is a
// fault of the store.
package directory

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/bank"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Limits of what one customer may have on file.
const (
	maxPhones    = 16 // as many as a device credential can list
	maxDevices   = 64 // revoked ones included: their staples must still say so
	maxReference = 64 // characters of a customer's reference
)

// Directory answers who is who. Its methods may be called at the same time.
type Directory struct {
	bank *bank.Bank
	kv   jetstream.KeyValue
	// brief says that the store ends with its process.
	brief bool
	now   func() time.Time

	mu      sync.Mutex
	hellos  map[helloName]hello
	staples map[[16]byte]staple
	unkept  map[[16]byte]int64 // holds that could not be written, by pseudonym: Unix seconds of their end
	changes uint64             // counts revocations, so that no staple read before one is kept after it

	endedMu   sync.Mutex
	endedNext int64 // the size, in bytes, at which EndedFile is next written anew
}

// Agent is one agent of the bank.
type Agent struct {
	ID         uint64 `cbor:"1,keyasint"`
	Name       string `cbor:"2,keyasint"`
	Role       string `cbor:"3,keyasint"`
	Department string `cbor:"4,keyasint"`
	// CredentialID names every credential that this agent is ever given, so
	// that one revocation covers them all.
	CredentialID [16]byte `cbor:"5,keyasint"`
	// Public is the agent's key (wire.Point); empty until the agent enrols.
	Public   []byte `cbor:"6,keyasint"`
	Enrolled int64  `cbor:"7,keyasint"` // Unix seconds; 0 until the agent enrols
	Revoked  bool   `cbor:"8,keyasint"`
	// Epoch counts how often the agent was given a new ticket instead of the key:
	// a ticket of an earlier epoch is void.
	Epoch uint64 `cbor:"9,keyasint"`
	// Acts are who did what on the bank's side, oldest first.
	Acts []Act `cbor:"20,keyasint,omitempty"`
}

// Customer is one customer of the bank.
type Customer struct {
	// Ref is what the bank calls the customer; only the bank's people see it.
	Ref string `cbor:"1,keyasint"`
	// Pseudonym is the random name that stands in the device credential.
	Pseudonym [16]byte `cbor:"2,keyasint"`
	// Phones are the numbers on file, E.164.
	Phones []string `cbor:"3,keyasint"`
	// Devices are all that ever enrolled, in the order of enrolment.
	Devices []Device `cbor:"4,keyasint"`
	// Epoch counts the revocations of the whole customer: a ticket of an
	// earlier epoch is void.
	Epoch uint64 `cbor:"5,keyasint"`
	// Acts are who did what on the bank's side, oldest first.
	Acts []Act `cbor:"20,keyasint,omitempty"`
}

// Device is one enrolled device of a customer.
type Device struct {
	ID       [16]byte `cbor:"1,keyasint"` // the device credential's id
	Public   []byte   `cbor:"2,keyasint"` // wire.Point
	Enrolled int64    `cbor:"3,keyasint"` // Unix seconds
	Expiry   int64    `cbor:"4,keyasint"` // Unix seconds
	Revoked  bool     `cbor:"5,keyasint"`
}

// Active reports whether the device counts at now.
func (d Device) Active(now time.Time) bool { return !d.Revoked && now.Unix() <= d.Expiry }

// Device returns the customer's device with this credential id, active or not.
func (c Customer) Device(id [16]byte) (Device, bool) {
	i := slices.IndexFunc(c.Devices, func(d Device) bool { return d.ID == id })
	if i < 0 {
		return Device{}, false
	}
	return c.Devices[i], true
}

// Enrolled reports whether the customer has an active device at now.
func (c Customer) Enrolled(now time.Time) bool {
	return slices.ContainsFunc(c.Devices, func(d Device) bool { return d.Active(now) })
}

// Lines are the last four digits of each number on file.
func (c Customer) Lines() []string {
	lines := make([]string, 0, len(c.Phones))
	for _, phone := range c.Phones {
		lines = append(lines, trust.LineOf(phone))
	}
	return lines
}

// Open opens the bank's directory on a JetStream, and makes it the first time.
// The JetStream's server must run with SyncAlways. A storage other than
// jetstream.FileStorage is for a bank that nobody needs after its process.
func Open(ctx context.Context, js jetstream.JetStream, storage jetstream.StorageType, b *bank.Bank, now func() time.Time) (*Directory, error) {
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:       bucket,
		Description:  "who the bank knows",
		History:      1,
		MaxValueSize: maxRecord,
		Storage:      storage,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the directory: %w", err)
	}
	d := &Directory{
		bank: b, kv: kv, now: now, brief: storage != jetstream.FileStorage,
		hellos:  map[helloName]hello{},
		staples: map[[16]byte]staple{},
		unkept:  map[[16]byte]int64{},
	}
	return d, d.beginNotes()
}

// Health says, as a sentence for the operator, what keeps the directory from being
// read or changed now; nil when nothing does.
func (d *Directory) Health(ctx context.Context) error {
	if _, err := read[counter](ctx, d, agentCounter); err != nil && ending.Of(err, "") != ending.UnknownCode {
		return err
	}
	if store, ok := d.kv.(interface{ Health(context.Context) error }); ok {
		if err := store.Health(ctx); err != nil {
			return err
		}
	}
	return d.mayNote()
}

// AddAgent puts a new agent on file and returns the ticket by which the
// agent's computer enrols, and when the ticket expires. Two agents may share a
// name: their numbers differ.
func (d *Directory) AddAgent(ctx context.Context, name, role, department string) (enrol.Ticket, time.Time, error) {
	for _, shown := range []string{name, role, department} {
		if err := trust.CheckName(shown); err != nil {
			return enrol.Ticket{}, time.Time{}, err
		}
	}
	id, err := d.nextAgent(ctx)
	if err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	a := Agent{ID: id, Name: name, Role: role, Department: department, CredentialID: newID(), Acts: d.note(ctx, nil, "added")}
	if err := create(ctx, d, credentialKey(a.CredentialID), holder{Agent: id}); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	if err := create(ctx, d, agentKey(id), a); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	return d.newTicket(ctx, ticket{Agent: id, Epoch: a.Epoch})
}

// AddCustomer puts a customer on file and returns the ticket by which a device
// of the customer enrols, and when the ticket expires. For a customer on file
// with the same numbers it makes a ticket for one more device; other numbers
// are an error, so that nobody changes them by the way.
func (d *Directory) AddCustomer(ctx context.Context, ref string, phones []string) (enrol.Ticket, time.Time, error) {
	if err := CheckCustomer(ref, phones); err != nil {
		return enrol.Ticket{}, time.Time{}, err
	}
	c := Customer{Ref: ref, Pseudonym: newID(), Phones: phones, Acts: d.note(ctx, nil, "added")}
	known, err := d.Customer(ctx, ref)
	switch {
	case ending.Of(err, "") == ending.UnknownCode:
		if err := create(ctx, d, pseudonymKey(c.Pseudonym), holder{Customer: customerKey(ref)}); err != nil {
			return enrol.Ticket{}, time.Time{}, err
		}
		if err := create(ctx, d, customerKey(ref), c); err != nil {
			return enrol.Ticket{}, time.Time{}, err
		}
	case err != nil:
		return enrol.Ticket{}, time.Time{}, err
	case !slices.Equal(known.Phones, phones):
		return enrol.Ticket{}, time.Time{}, errors.New("this customer is on file with other telephone numbers: give the same numbers, in the same order, or change them with customer change")
	default:
		if c, err = change(ctx, d, customerKey(ref), func(c *Customer) error {
			c.Acts = d.note(ctx, c.Acts, "one more ticket")
			return nil
		}); err != nil {
			return enrol.Ticket{}, time.Time{}, err
		}
	}
	return d.newTicket(ctx, ticket{Customer: customerKey(ref), Epoch: c.Epoch})
}

// ChangePhones puts other telephone numbers on file for a customer. The
// customer's devices learn of it when they are next given a fresh credential.
// Reason: unknown_code.
func (d *Directory) ChangePhones(ctx context.Context, ref string, phones []string) error {
	if err := CheckCustomer(ref, phones); err != nil {
		return err
	}
	_, err := change(ctx, d, customerKey(ref), func(c *Customer) error {
		c.Phones, c.Acts = phones, d.note(ctx, c.Acts, "telephone numbers changed")
		return nil
	})
	return err
}

// unprintable reports what no record may hold that people read: it would act on
// their terminals. U+FFFD stands where bytes were lost: what differed in them
// would be one customer.
func unprintable(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// CheckCustomer says what is wrong with a reference or with numbers on file, as
// a sentence for the operator.
func CheckCustomer(ref string, phones []string) error {
	switch {
	case ref == "", len([]rune(ref)) > maxReference, strings.TrimSpace(ref) != ref, strings.ContainsFunc(ref, unprintable):
		return fmt.Errorf("a customer's reference has 1 to %d printable characters and no space at its ends", maxReference)
	case len(phones) == 0, len(phones) > maxPhones:
		return fmt.Errorf("a customer has 1 to %d telephone numbers on file", maxPhones)
	}
	for i, phone := range phones {
		if err := trust.CheckNumber(phone); err != nil {
			return err
		}
		if slices.Contains(phones[:i], phone) {
			return errors.New("a telephone number is given twice")
		}
	}
	return nil
}

// Agent returns the agent with this number. Reason: unknown_code.
func (d *Directory) Agent(ctx context.Context, id uint64) (Agent, error) {
	return read[Agent](ctx, d, agentKey(id))
}

// FindAgents returns the agents on file whose name, role and department are
// the given ones; "" matches all. They come in the order of their numbers.
func (d *Directory) FindAgents(ctx context.Context, name, role, department string) ([]Agent, error) {
	highest, err := read[counter](ctx, d, agentCounter)
	if err != nil && ending.Of(err, "") != ending.UnknownCode {
		return nil, err
	}
	var found []Agent
	for id := uint64(1); id <= highest.Last; id++ {
		a, err := d.Agent(ctx, id)
		switch {
		case ending.Of(err, "") == ending.UnknownCode:
			continue // adding this agent was interrupted
		case err != nil:
			return nil, err
		case matches(a.Name, name) && matches(a.Role, role) && matches(a.Department, department):
			found = append(found, a)
		}
	}
	return found, nil
}

func matches(value, wanted string) bool { return wanted == "" || value == wanted }

// Customer returns the customer with this reference. Reason: unknown_code.
func (d *Directory) Customer(ctx context.Context, ref string) (Customer, error) {
	return read[Customer](ctx, d, customerKey(ref))
}

// CustomerOf returns the customer behind a pseudonym. Reason: unknown_code.
func (d *Directory) CustomerOf(ctx context.Context, pseudonym [16]byte) (Customer, error) {
	h, err := read[holder](ctx, d, pseudonymKey(pseudonym))
	if err != nil {
		return Customer{}, err
	}
	return read[Customer](ctx, d, h.Customer)
}

// holder says whom a credential id or pseudonym belongs to: an agent's number
// or the key of a customer's record.
type holder struct {
	Agent    uint64 `cbor:"1,keyasint,omitempty"`
	Customer string `cbor:"2,keyasint,omitempty"`
}

// counter remembers the last number given out.
type counter struct {
	Last uint64 `cbor:"1,keyasint"`
}

const agentCounter = "counter.agent"

// nextAgent gives out the next agent's number, from 1 on.
func (d *Directory) nextAgent(ctx context.Context) (uint64, error) {
	err := create(ctx, d, agentCounter, counter{Last: 1})
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return 1, err
	}
	c, err := change(ctx, d, agentCounter, func(c *counter) error { c.Last++; return nil })
	return c.Last, err
}

func agentKey(id uint64) string         { return "agent." + strconv.FormatUint(id, 10) }
func credentialKey(id [16]byte) string  { return "credential." + hex.EncodeToString(id[:]) }
func pseudonymKey(name [16]byte) string { return "pseudonym." + hex.EncodeToString(name[:]) }

// customerKey hashes the reference, which may hold characters that a key may not.
func customerKey(ref string) string {
	h := wire.H("CP1 directory", []byte(ref))
	return "customer." + hex.EncodeToString(h[:])
}

func newID() (id [16]byte) {
	rand.Read(id[:]) // never fails since Go 1.24: the program ends instead
	return id
}
