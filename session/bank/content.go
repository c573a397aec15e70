// This file owns the words of a bank's first content, in English and Polish.
// They are the bank's own words and are signed, so they stand here and not in
// the programs' translations. No sentence has a grammatical gender for people.

package bank

import (
	"crypto/ecdsa"

	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

func (o Options) content(bankID [16]byte, key *ecdsa.PrivateKey) trust.Content {
	return trust.Content{
		BankID:   bankID,
		Version:  1,
		Key:      wire.KeyID(wire.Point(&key.PublicKey)),
		IssuedAt: o.Now.Unix(),
		Purposes: firstPurposes(),
		NeverAsk: firstNeverAsk(),
	}
}

func firstPurposes() []trust.PurposeText {
	text := func(p trust.Purpose, english, polish string) trust.PurposeText {
		return trust.PurposeText{Purpose: p, Sentences: map[string]string{"en": english, "pl": polish}}
	}
	return []trust.PurposeText{
		text(trust.CardPayment, "This call is about a card payment.", "Ta rozmowa dotyczy płatności kartą."),
		text(trust.Transfer, "This call is about a transfer.", "Ta rozmowa dotyczy przelewu."),
		text(trust.AccountAccess, "This call is about access to your account.", "Ta rozmowa dotyczy dostępu do konta."),
		text(trust.NewPayee, "This call is about a new payee.", "Ta rozmowa dotyczy nowego odbiorcy przelewów."),
		text(trust.PersonalData, "This call is about your personal data.", "Ta rozmowa dotyczy danych osobowych."),
		text(trust.OtherPurpose, "This call is about another matter.", "Ta rozmowa dotyczy innej sprawy."),
	}
}

// firstNeverAsk ends the sentence "This bank will never ask you to ...".
func firstNeverAsk() map[string][]string {
	return map[string][]string{
		"en": {
			"move your money to another account to keep it safe",
			"read out a code from a text message or a card reader",
			"say or type your password or PIN",
			"install a program that lets somebody see or control your computer",
			"hand over a card or cash",
		},
		"pl": {
			"przelać pieniądze na inne konto, aby były bezpieczne",
			"odczytać na głos kod z SMS-a lub czytnika kart",
			"podać hasło lub PIN",
			"zainstalować program, który pozwala komuś widzieć lub sterować komputerem",
			"przekazać kartę lub gotówkę",
		},
	}
}
