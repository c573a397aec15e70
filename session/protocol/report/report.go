// Package report owns the stop report: what a companion tells the bank's
// authority, and nobody else, when what the customer said does not match the
// offer or the customer says that something is wrong.
//
// It must not know what the authority does with a report (hold, retire, count)
// nor whether the credential in it is good: it seals, opens and checks the
// bindings that need nothing but the report itself.
//
// Rules: the report is sealed to the bundle's report key, so that neither the
// relay nor the agent reads it; it is signed by the device, so that nobody
// else can stop a customer's calls.
package report

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hpke"
	"errors"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/wire"
)

// maxSealed bounds what is inside a sealed report: a device credential and a
// few fields. The message around it has the relay's limit.
const maxSealed = 8 << 10

// info is the HPKE info of every report; the oid is its aad.
const info = "CP1 report"

// Report is what the authority reads. Until VerifyBy has succeeded, nothing
// says who made it.
type Report struct {
	OID        offer.ID
	Reason     ending.Reason // wrong_direction, wrong_number or reported
	Time       time.Time     // by the companion's clock
	Credential []byte        // signed device credential
	Signed     []byte        // COSE_Sign1 under "CP1 report"
}

// statement is the map that the device signs.
type statement struct {
	OID    offer.ID      `cbor:"1,keyasint"`
	Reason ending.Reason `cbor:"2,keyasint"`
	Time   int64         `cbor:"3,keyasint"` // Unix seconds
}

// sealed is the plaintext: the signed statement and who to check it against.
type sealed struct {
	_          struct{} `cbor:",toarray"`
	Signed     []byte
	Credential []byte
}

// Counts reports whether a report with this reason exists: the three stops
// that the bank must learn of. A mismatch of the customer (not_for_you) never
// is one, so that a wrong guess cannot start a hold.
func Counts(reason ending.Reason) bool {
	return reason == ending.WrongDirection || reason == ending.WrongNumber || reason == ending.Reported
}

// Seal signs a report by the device and seals it to the bank's report key (the
// bundle's RoleReport key). It returns the encapsulated key and the ciphertext
// for relay.ReportRequest.
func Seal(reportKey []byte, oid offer.ID, reason ending.Reason, now time.Time, device crypto.Signer, deviceCredential []byte) (enc, ct []byte, err error) {
	if !Counts(reason) {
		return nil, nil, errors.New("no report has this reason")
	}
	key, err := hpke.MLKEM768X25519().NewPublicKey(reportKey)
	if err != nil {
		return nil, nil, ending.Because(ending.Unsupported, "the bank's report key is not a key of suite 1")
	}
	signed, err := wire.Sign(wire.LabelReport, device, wire.Marshal(statement{OID: oid, Reason: reason, Time: now.Unix()}))
	if err != nil {
		return nil, nil, err
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return nil, nil, err
	}
	ct, err = sender.Seal(oid[:], wire.Marshal(sealed{Signed: signed, Credential: deviceCredential}))
	return enc, ct, err
}

// Open opens a report that claims to be about oid. The caller verifies the
// credential and then calls VerifyBy. Error: ending.Forged.
func Open(key hpke.PrivateKey, oid offer.ID, enc, ct []byte) (Report, error) {
	recipient, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return Report{}, ending.Because(ending.Forged, "the report's encapsulated key is malformed")
	}
	plain, err := recipient.Open(oid[:], ct)
	if err != nil {
		return Report{}, ending.Because(ending.Forged, "the report does not open")
	}
	return decode(plain, oid)
}

func decode(plain []byte, oid offer.ID) (Report, error) {
	var s sealed
	if err := wire.Unmarshal(plain, maxSealed, &s); err != nil {
		return Report{}, ending.Because(ending.Forged, "the report is malformed")
	}
	payload, err := wire.Payload(s.Signed, wire.MaxObject)
	if err != nil {
		return Report{}, ending.Because(ending.Forged, "the report is malformed")
	}
	var st statement
	if err := wire.Unmarshal(payload, wire.MaxObject, &st); err != nil {
		return Report{}, ending.Because(ending.Forged, "the report is malformed")
	}
	if st.OID != oid {
		return Report{}, ending.Because(ending.Forged, "the report is about another offer")
	}
	if !Counts(st.Reason) {
		return Report{}, ending.Because(ending.Forged, "no report has this reason")
	}
	return Report{OID: st.OID, Reason: st.Reason, Time: time.Unix(st.Time, 0), Credential: s.Credential, Signed: s.Signed}, nil
}

// VerifyBy checks the report's signature by the key of its device credential.
// Error: ending.Forged.
func (r Report) VerifyBy(device *ecdsa.PublicKey) error {
	if _, err := wire.Verify(wire.LabelReport, device, r.Signed, wire.MaxObject); err != nil {
		return ending.Because(ending.Forged, "the report's signature does not verify")
	}
	return nil
}
