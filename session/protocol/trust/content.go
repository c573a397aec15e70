// This file owns the content a bank publishes (purposes and their sentences,
// what the bank will never ask), and the fixed table of purposes.

package trust

import (
	"crypto"
	"crypto/ecdsa"
	"fmt"
	"time"

	"countersign/session/protocol/wire"
)

// Purpose is a key of the content's table: why the bank and the customer talk.
// It is never free text, so that an agent cannot write a sentence that the
// bank did not approve.
type Purpose uint8

// The purposes of CP1.
const (
	CardPayment   Purpose = 1
	Transfer      Purpose = 2
	AccountAccess Purpose = 3
	NewPayee      Purpose = 4
	PersonalData  Purpose = 5
	OtherPurpose  Purpose = 6
)

var purposeKeys = map[Purpose]string{
	CardPayment: "card-payment", Transfer: "transfer", AccountAccess: "account-access",
	NewPayee: "new-payee", PersonalData: "personal-data", OtherPurpose: "other",
}

// Purposes lists all purposes in order.
func Purposes() []Purpose {
	return []Purpose{CardPayment, Transfer, AccountAccess, NewPayee, PersonalData, OtherPurpose}
}

// String returns the key of the text form, such as "card-payment".
func (p Purpose) String() string { return purposeKeys[p] }

// Known reports whether p is in the table.
func (p Purpose) Known() bool { return purposeKeys[p] != "" }

// ParsePurpose is the inverse of String.
func ParsePurpose(key string) (Purpose, error) {
	for p, k := range purposeKeys {
		if k == key {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%w: unknown purpose", ErrContent)
}

// PurposeText is one purpose with its sentence per language ("en", "pl").
type PurposeText struct {
	Purpose   Purpose           `cbor:"1,keyasint"`
	Sentences map[string]string `cbor:"2,keyasint"`
}

// The most that content may hold: more would push away what a screen says itself.
const (
	maxNeverAsk  = 8  // sentences of one language
	maxLanguages = 16 // of one purpose, and of what the bank never asks
)

// Content is what the bank says in words (label "CP1 content", by the content key).
type Content struct {
	BankID   [16]byte            `cbor:"1,keyasint"`
	Version  uint64              `cbor:"2,keyasint"`
	Key      [8]byte             `cbor:"3,keyasint"` // wire.KeyID of the content key
	IssuedAt int64               `cbor:"4,keyasint"`
	Purposes []PurposeText       `cbor:"5,keyasint"`
	NeverAsk map[string][]string `cbor:"6,keyasint"` // "this bank will never ask you to ..."
}

// SignContent signs c by the content key.
func SignContent(c Content, key crypto.Signer) ([]byte, error) {
	return wire.Sign(wire.LabelContent, key, wire.Marshal(c))
}

// Content opens content signed by a content key that the bundle lists. Errors:
// ErrUnknownKey, ErrContent, wire's errors.
func (b *Bundle) Content(signed []byte) (*Content, error) {
	var c Content
	_, err := wire.VerifyBy(wire.LabelContent, signed, wire.MaxBundle, func(payload []byte) (*ecdsa.PublicKey, error) {
		if err := wire.Unmarshal(payload, wire.MaxBundle, &c); err != nil {
			return nil, err
		}
		return b.verifier(RoleContent, c.Key, c.IssuedAt)
	})
	if err != nil {
		return nil, err
	}
	if c.BankID != b.BankID {
		return nil, fmt.Errorf("%w: another bank's content", ErrContent)
	}
	return &c, c.check()
}

// check holds the words to what a screen or a terminal can show safely.
func (c *Content) check() error {
	for _, p := range c.Purposes {
		if !p.Purpose.Known() {
			return fmt.Errorf("%w: purpose %d", ErrContent, p.Purpose)
		}
		if len(p.Sentences) > maxLanguages {
			return fmt.Errorf("%w: a purpose has sentences of at most %d languages", ErrContent, maxLanguages)
		}
		for _, sentence := range p.Sentences {
			if err := checkSentence(sentence); err != nil {
				return err
			}
		}
	}
	if len(c.NeverAsk) > maxLanguages {
		return fmt.Errorf("%w: what the bank never asks is in at most %d languages", ErrContent, maxLanguages)
	}
	for _, sentences := range c.NeverAsk {
		if len(sentences) > maxNeverAsk {
			return fmt.Errorf("%w: a bank says at most %d things that it never asks", ErrContent, maxNeverAsk)
		}
		for _, sentence := range sentences {
			if err := checkSentence(sentence); err != nil {
				return err
			}
		}
	}
	return nil
}

// Age is how old the content is at now.
func (c *Content) Age(now time.Time) time.Duration { return now.Sub(time.Unix(c.IssuedAt, 0)) }

// Sentence returns the purpose's sentence in a language, else in English, else "".
func (c *Content) Sentence(p Purpose, language string) string {
	for _, t := range c.Purposes {
		if t.Purpose == p {
			if s := t.Sentences[language]; s != "" {
				return s
			}
			return t.Sentences["en"]
		}
	}
	return ""
}
