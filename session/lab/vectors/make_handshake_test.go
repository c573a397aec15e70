// This file makes the vectors of the handshake and the channel with the second
// implementation: every message and every derived value, from given keys and
// given random values.

package vectors_test

import (
	"bytes"
	"fmt"
	"slices"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

// conversation is one companion's side of an offer, with all that is random.
type conversation struct {
	m             made
	guest         bool
	how           int
	dialled       string
	entry         int
	frameTime     int
	encapsulation []byte // 64 bytes: ML-KEM's, then the ephemeral X25519 key
	nonceC        []byte
}

func converse(m made, guest bool, entry, frameTime int) conversation {
	c := conversation{
		m: m, guest: guest, how: 1, entry: entry, frameTime: frameTime,
		encapsulation: fixed(m.name+": encapsulation", 64), nonceC: fixed(m.name+": nonce of the companion", 32),
	}
	if m.core[3].value == 2 {
		c.how, c.dialled = 2, bankLine
	}
	return c
}

// The conversations of the vectors.
var (
	toDevice    = converse(bankCalls, false, 1, 0)
	byQR        = converse(customerCalls, false, 2, frameTime)
	guestAnswer = converse(toGuest, true, 1, 0)
)

// statement is R of message 3.
func (c conversation) statement() dict {
	_, enc := c.m.kem.encapsulate(c.encapsulation)
	device := signedDevice
	if c.guest {
		device = []byte{}
	}
	return dict{
		{1, c.m.oid()}, {2, hash("CP1 enc", enc)}, {3, c.nonceC}, {4, dict{{1, c.how}, {2, c.dialled}}},
		{5, c.entry}, {6, c.frameTime}, {7, 1}, {8, device},
	}
}

// plain is p of message 3 around a statement.
func (c conversation) plain(statement dict) []byte {
	if c.guest {
		return encode(list{1, encode(statement)})
	}
	return encode(list{0, deviceKey.sign("CP1 reply", encode(statement))})
}

// seal is an HPKE context for this offer.
func (c conversation) seal(plain []byte) sealed {
	return c.m.kem.seal(c.encapsulation, append([]byte("CP1 hpke/1"), c.m.oid()...), c.m.callID, plain)
}

func (s sealed) envelope() []byte { return encode(list{s.enc, s.ct}) }

func (c conversation) reply() sealed { return c.seal(c.plain(c.statement())) }

func (c conversation) envelope() []byte { return c.reply().envelope() }

// decline is a context of its own, so it has random values of its own.
func (c conversation) decline(reason string, guest bool) []byte {
	if guest {
		return c.declining(encode(list{3, encode(list{c.m.oid(), reason, []byte{}})}))
	}
	return c.declining(encode(list{2, deviceKey.sign("CP1 decline", encode(list{c.m.oid(), reason, signedDevice}))}))
}

func (c conversation) declining(plain []byte) []byte {
	c.encapsulation = c.declineRandom()
	return c.seal(plain).envelope()
}

func (c conversation) declineRandom() []byte {
	return fixed(c.m.name+": encapsulation of the decline", 64)
}

func (c conversation) transcript() []byte {
	s := c.reply()
	return hash("CP1 transcript", c.m.oid(), c.m.kem.public(), s.enc, s.ct)
}

func (c conversation) k0() []byte { return c.reply().export("CP1 root") }

func (c conversation) prk() []byte {
	return extract(c.transcript(), bytes.Join([][]byte{c.k0(), c.m.nonceA, c.nonceC}, nil))
}

// answer is the agent's [body, MAC].
func (c conversation) answer(label string, body any, said []byte) []byte {
	return encode(list{body, hmac256(c.answerKey(label), said)})
}

func (c conversation) answerKey(label string) []byte {
	return expand(extract(c.transcript(), c.k0()), label, 32)
}

func (c conversation) reveal() []byte { return c.answer("CP1 reveal", c.m.nonceA, c.m.nonceA) }

func (c conversation) refusal(reason string) []byte {
	return c.answer("CP1 refuse", reason, []byte(reason))
}

func (c conversation) confirm() []byte {
	return hmac256(expand(c.prk(), "CP1 confirm c", 32), c.transcript())
}

func (c conversation) input(envelope []byte) vectors.ReplyInput {
	return vectors.ReplyInput{
		Now: now, Bundle: signed1, Core: c.m.payload(), Seed: c.m.kem.seed(), NonceA: c.m.nonceA, Envelope: envelope,
	}
}

func (c conversation) output() vectors.ReplyOutput {
	prk, device := c.prk(), deviceID
	if c.guest {
		device = nil
	}
	sas := expand(prk, "CP1 sas", 32)
	out := vectors.ReplyOutput{
		Guest: c.guest, Device: device, NonceC: c.nonceC, How: offer.How(c.how), Dialled: c.dialled, Entry: offer.EntryPath(c.entry), FrameTime: int64(c.frameTime),
		Transcript: c.transcript(), K0: c.k0(), Reveal: c.reveal(), PRK: prk, Confirm: c.confirm(), SASKey: sas,
		KeyA: expand(prk, "CP1 key a", 32), IVA: expand(prk, "CP1 iv a", 12), KeyC: expand(prk, "CP1 key c", 32), IVC: expand(prk, "CP1 iv c", 12),
	}
	for counter := range uint64(5) {
		out.Readbacks = append(out.Readbacks, hotp(sas, counter))
	}
	return out
}

func (c conversation) answerInput(answer []byte) vectors.AnswerInput {
	return vectors.AnswerInput{CallID: c.m.callID, CA: c.m.ca, Transcript: c.transcript(), K0: c.k0(), NonceC: c.nonceC, Answer: answer}
}

// replyWith says what a reply or decline was made with.
type replyWith struct {
	Device        string `json:"device_key"` // empty for a guest
	PKA           Hex    `json:"pk_a"`
	Encapsulation Hex    `json:"encapsulation"`
	Shared        Hex    `json:"kem_shared_secret"`
	Said          string `json:"said"`

	// The keys of the three MACs; not of a decline, which gets none.
	RevealKey  Hex `json:"reveal_key,omitempty"`
	RefuseKey  Hex `json:"refuse_key,omitempty"`
	ConfirmKey Hex `json:"confirm_key,omitempty"`
}

func (c conversation) with(encapsulation []byte, said any) replyWith {
	shared, _ := c.m.kem.encapsulate(encapsulation)
	w := replyWith{Device: deviceKey.name, PKA: c.m.kem.public(), Encapsulation: encapsulation, Shared: shared, Said: diagnose(said)}
	if c.guest {
		w.Device = ""
	}
	return w
}

func (c conversation) withKeys() replyWith {
	w := c.with(c.encapsulation, c.statement())
	w.RevealKey, w.RefuseKey, w.ConfirmKey = c.answerKey("CP1 reveal"), c.answerKey("CP1 refuse"), expand(c.prk(), "CP1 confirm c", 32)
	return w
}

func handshakeVectors() (out []vectors.Vector) {
	for _, c := range []conversation{toDevice, byQR, guestAnswer} {
		name := c.m.name
		out = append(out,
			valid("reply: "+name, "reply", c.withKeys(), c.input(c.envelope()), c.output()),
			valid("reveal: "+name, "reveal", nil, c.answerInput(c.reveal()), vectors.RevealOutput{PRK: c.prk(), Confirm: c.confirm()}),
			valid("refusal: "+name, "refusal", nil, c.answerInput(c.refusal("frame_stale")), vectors.RefusalOutput{Refused: ending.FrameStale}),
			valid("confirm: "+name, "confirm", nil, vectors.ConfirmInput{Transcript: c.transcript(), PRK: c.prk(), Confirm: c.confirm()}, vectors.ConfirmOutput{Confirmed: true}))
		for counter := range uint64(5) {
			out = append(out, valid(fmt.Sprintf("read-back %d: %s", counter, name), "read-back", nil,
				vectors.ReadbackInput{PRK: c.prk(), Counter: counter}, vectors.ReadbackOutput{Digits: hotp(expand(c.prk(), "CP1 sas", 32), counter)}))
		}
	}
	said := list{toDevice.m.oid(), "wrong_number", signedDevice}
	guestSaid := list{guestAnswer.m.oid(), "declined", []byte{}}
	return append(out,
		valid("decline by a device", "reply", toDevice.with(toDevice.declineRandom(), said), toDevice.input(toDevice.decline("wrong_number", false)),
			vectors.ReplyOutput{Declined: ending.WrongNumber, Device: deviceID}),
		valid("decline by a guest", "reply", guestAnswer.with(guestAnswer.declineRandom(), guestSaid), guestAnswer.input(guestAnswer.decline("declined", true)),
			vectors.ReplyOutput{Guest: true, Declined: ending.Declined}))
}

// said is what one end puts into its first records.
var said = map[int][]vectors.Opened{
	1: {
		{Type: 4, Plain: Hex{}},
		{Type: 2, Plain: Hex{}},
		{Type: 1, Plain: Hex("We stopped a payment of 120.00. Was it yours?")},
		{Type: 1, Plain: Hex("Dziękuję.\n\tThank you.")},
		{Type: 3, Plain: encode(list{"completed", 4, 3})},
	},
	2: {
		{Type: 4, Plain: Hex{}},
		{Type: 4, Plain: Hex{}},
		{Type: 1, Plain: Hex("No, it was not.")},
		{Type: 3, Plain: encode(list{"completed", 3, 5})},
	},
}

// nextRecord is a record of one side with the keys of the conversation with a device.
func nextRecord(side, seq, kind int, plain []byte) record {
	prk, end := toDevice.prk(), map[int]string{1: "a", 2: "c"}[side]
	return record{
		key: expand(prk, "CP1 key "+end, 32), iv: expand(prk, "CP1 iv "+end, 12), callID: toDevice.m.callID,
		side: side, seq: seq, kind: kind, plain: plain,
	}
}

// records are the first records of one side.
func records(side int) (out []Hex) {
	for seq, s := range said[side] {
		out = append(out, nextRecord(side, seq, int(s.Type), s.Plain).seal())
	}
	return out
}

// recordsInput is for a receiver that has sent as many records as the other end
// says that it received.
func recordsInput(side int, records ...Hex) vectors.RecordsInput {
	return vectors.RecordsInput{PRK: toDevice.prk(), CallID: toDevice.m.callID, From: uint8(side), Sent: map[int]int{1: 3, 2: 5}[side], Records: records}
}

func recordVectors() []vectors.Vector {
	repeated := append(slices.Insert(records(1), 2, records(1)[:2]...), records(1)[0])
	return []vectors.Vector{
		valid("records that arrive again", "records", nil, recordsInput(1, repeated...), vectors.RecordsOutput{Opened: said[1]}),
		valid("records of the agent", "records", nil, recordsInput(1, records(1)...), vectors.RecordsOutput{Opened: said[1]}),
		valid("records of one who ended before all had arrived", "records", nil,
			vectors.RecordsInput{PRK: toDevice.prk(), CallID: toDevice.m.callID, From: 1, Sent: 6, Records: records(1)}, vectors.RecordsOutput{Opened: said[1]}),
		valid("records of the companion", "records", nil, recordsInput(2, records(2)...), vectors.RecordsOutput{Opened: said[2]}),
	}
}
