// This file owns stop reports and the holds that follow from them.

package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// HoldLifetime is how long after a stop only the bank's calls to a number on
// file may start.
const HoldLifetime = 30 * time.Minute

// stop is a stop report that counted, kept as evidence.
type stop struct {
	Reason     ending.Reason `cbor:"1,keyasint"`
	Device     [16]byte      `cbor:"2,keyasint"`
	Received   int64         `cbor:"3,keyasint"` // Unix seconds
	Signed     []byte        `cbor:"4,keyasint"` // COSE_Sign1 under "CP1 report", by the device
	Credential []byte        `cbor:"5,keyasint"`
	Closed     bool          `cbor:"6,keyasint,omitempty"` // the bank's people have dealt with it
	Acts       []Act         `cbor:"20,keyasint,omitempty"`
}

// hold is the latest hold of a customer.
type hold struct {
	Until int64 `cbor:"1,keyasint"` // Unix seconds
}

// HoldUntil returns when the hold on a customer ends, or the zero time when
// none is in force.
func (d *Directory) HoldUntil(ctx context.Context, pseudonym [16]byte) (time.Time, error) {
	if until := d.unkeptUntil(pseudonym); !until.IsZero() {
		return until, nil
	}
	h, err := read[hold](ctx, d, holdKey(pseudonym))
	if ending.Of(err, "") == ending.UnknownCode || err == nil && h.Until <= d.now().Unix() {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(h.Until, 0), nil
}

// holdUnkept begins a hold that could not be written. It lasts as long as this
// process: the disk may be full, a fraudster is still not called back.
func (d *Directory) holdUnkept(pseudonym [16]byte, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for other, end := range d.unkept {
		if end <= d.now().Unix() {
			delete(d.unkept, other)
		}
	}
	d.unkept[pseudonym] = until.Unix()
}

// unkeptUntil returns when such a hold ends, or the zero time.
func (d *Directory) unkeptUntil(pseudonym [16]byte) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if until := d.unkept[pseudonym]; until > d.now().Unix() {
		return time.Unix(until, 0)
	}
	return time.Time{}
}

// Report opens a stop report about an offer. It counts when an active device
// of the offer's customer (relay.CustomerHash; empty when the offer names
// nobody) has signed it, for a reason that stops
// a call, and none about this offer has counted before. When it counts, the
// hold has begun and both are on disk. A report that does not count is no
// error: err is a fault of the store. A report that counts and cannot be written
// has begun a hold all the same, in memory; it may come again.
func (d *Directory) Report(ctx context.Context, oid offer.ID, customer, enc, ct []byte) (reason ending.Reason, counted bool, err error) {
	r, err := d.openReport(oid, enc, ct)
	if err != nil {
		return "", false, nil
	}
	reporter, err := d.bank.Bundle.Device(r.Credential)
	if err != nil || r.VerifyBy(reporter.Key()) != nil || !concerns(customer, reporter.Pseudonym) {
		return "", false, nil
	}
	active, err := d.activeDevice(ctx, reporter)
	if err != nil || !active {
		return "", false, err
	}
	return d.keepReport(ctx, oid, r, reporter)
}

// openReport opens a report by whichever of the bank's keys it was sealed to.
func (d *Directory) openReport(oid offer.ID, enc, ct []byte) (r report.Report, err error) {
	for _, key := range d.bank.Reports {
		if r, err = report.Open(key, oid, enc, ct); err == nil {
			return r, nil
		}
	}
	return r, err
}

// concerns says whether this customer is the offer's.
func concerns(customer []byte, pseudonym [16]byte) bool {
	own := relay.CustomerHash(pseudonym)
	return slices.Equal(customer, own[:])
}

// activeDevice says whether the directory knows this very device as active.
func (d *Directory) activeDevice(ctx context.Context, reporter *trust.Device) (bool, error) {
	c, err := d.CustomerOf(ctx, reporter.Pseudonym)
	if ending.Of(err, "") == ending.UnknownCode {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	known, ok := c.Device(reporter.ID)
	return ok && known.Active(d.now()) && slices.Equal(known.Public, reporter.Public), nil
}

// keepReport writes the hold first: were the server to stop between the two,
// the customer would be safe and the report could come again.
func (d *Directory) keepReport(ctx context.Context, oid offer.ID, r report.Report, reporter *trust.Device) (ending.Reason, bool, error) {
	_, err := read[stop](ctx, d, reportKey(oid))
	if err == nil {
		return "", false, nil // a second report of the same offer must not make the hold longer
	}
	if ending.Of(err, "") != ending.UnknownCode {
		return "", false, err
	}
	now := d.now()
	until := now.Add(HoldLifetime)
	if _, err := d.kv.Put(ctx, holdKey(reporter.Pseudonym), wire.Marshal(hold{Until: until.Unix()})); err != nil {
		d.holdUnkept(reporter.Pseudonym, until)
		return r.Reason, true, err
	}
	// What cannot be written down for a restore holds all the same, and is reported.
	unnoted := d.ended(ctx, Ended{Hold: hex.EncodeToString(reporter.Pseudonym[:]), Until: until.Unix()})
	err = create(ctx, d, reportKey(oid), stop{
		Reason: r.Reason, Device: reporter.ID, Received: now.Unix(), Signed: r.Signed, Credential: r.Credential,
	})
	if errors.Is(err, jetstream.ErrKeyExists) {
		return "", false, nil
	}
	return r.Reason, err == nil, errors.Join(err, unnoted)
}

func holdKey(pseudonym [16]byte) string { return "hold." + hex.EncodeToString(pseudonym[:]) }
func reportKey(oid offer.ID) string     { return "report." + hex.EncodeToString(oid[:]) }
