// This file owns the inputs and outputs of the handshake's checks, by the
// names that stand in the files. They are shared with the tests of package
// handshake.

package vectors

import (
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
)

// ReplyInput is what an agent holds when an envelope arrives.
type ReplyInput struct {
	Now      int64 `json:"now"`
	Bundle   Hex   `json:"bundle"` // signed, accepted before
	Core     Hex   `json:"core"`   // payload of the agent's own offer
	Seed     Hex   `json:"kem_seed"`
	NonceA   Hex   `json:"nonce_a"`
	Envelope Hex   `json:"envelope"`
}

// ReplyOutput is what an agent learns and answers. Of a decline only the first
// part is there.
type ReplyOutput struct {
	Guest    bool          `json:"guest"`
	Declined ending.Reason `json:"declined"`
	Device   Hex           `json:"device_id"`

	NonceC     Hex             `json:"nonce_c"`
	How        offer.How       `json:"how"`
	Dialled    string          `json:"dialled"`
	Entry      offer.EntryPath `json:"entry"`
	FrameTime  int64           `json:"frame_time"`
	Transcript Hex             `json:"transcript"` // th
	K0         Hex             `json:"k0"`
	Reveal     Hex             `json:"reveal"`
	PRK        Hex             `json:"prk"`
	Confirm    Hex             `json:"confirm"`
	SASKey     Hex             `json:"sas_key"`
	Readbacks  []string        `json:"read_backs"` // counters 0 to 4
	KeyA       Hex             `json:"key_a"`
	IVA        Hex             `json:"iv_a"`
	KeyC       Hex             `json:"key_c"`
	IVC        Hex             `json:"iv_c"`
}

// AnswerInput is what a companion holds when the agent's reveal or refusal
// arrives.
type AnswerInput struct {
	CallID     Hex `json:"call_id"`
	CA         Hex `json:"ca"`
	Transcript Hex `json:"transcript"`
	K0         Hex `json:"k0"`
	NonceC     Hex `json:"nonce_c"`
	Answer     Hex `json:"answer"`
}

// RevealOutput is what a companion derives from a reveal.
type RevealOutput struct {
	PRK     Hex `json:"prk"`
	Confirm Hex `json:"confirm"`
}

// RefusalOutput is what a companion reads in a refusal.
type RefusalOutput struct {
	Refused ending.Reason `json:"refused"`
}

// ConfirmInput is what an agent holds when the confirmation arrives.
type ConfirmInput struct {
	Transcript Hex `json:"transcript"`
	PRK        Hex `json:"prk"`
	Confirm    Hex `json:"confirm"`
}

// ConfirmOutput says that the confirmation holds.
type ConfirmOutput struct {
	Confirmed bool `json:"confirmed"`
}

// ReadbackInput asks for the read-back of one counter.
type ReadbackInput struct {
	PRK     Hex    `json:"prk"`
	Counter uint64 `json:"counter"`
}

// ReadbackOutput is one read-back.
type ReadbackOutput struct {
	Digits string `json:"digits"`
}

// RecordsInput is what one end receives from its first record on.
type RecordsInput struct {
	PRK     Hex   `json:"prk"`
	CallID  Hex   `json:"call_id"`
	Slot    uint8 `json:"slot"`
	From    uint8 `json:"from"` // the sender: 1 the agent, 2 the companion
	Sent    int   `json:"sent"` // how many records the receiver has sent so far, all pings
	Records []Hex `json:"records"`
}

// RecordsOutput is what is in the records.
type RecordsOutput struct {
	Opened []Opened `json:"opened"`
}

// Opened is one record's content: text is UTF-8.
type Opened struct {
	Type  uint8 `json:"type"`
	Plain Hex   `json:"plain"`
}
