// This file makes the files of valid vectors, all but those of the handshake,
// with the second implementation alone: what it writes down, the first must
// agree with. Nothing here calls the code that the vectors judge.

package vectors_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/tyler-smith/go-bip39/wordlists"
	"golang.org/x/crypto/argon2"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/ending"
)

// asJSON is for values that can always be written.
func asJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	return must(json.Marshal(v))
}

func valid(name, check string, madeWith, input, output any) vectors.Vector {
	return vectors.Vector{Name: name, Check: check, Made: asJSON(madeWith), Input: asJSON(input), Output: asJSON(output)}
}

// signedWith says how a signed object was made.
type signedWith struct {
	Label   string `json:"label"`
	Key     string `json:"key"` // the key's name in keys.json
	Payload string `json:"payload"`
}

func by(label string, key signer, payload any) signedWith {
	return signedWith{label, key.name, diagnose(payload)}
}

// files are all files of vectors by name.
func files() map[string]vectors.File {
	return map[string]vectors.File{
		"keys.json":        {About: "Every key of these files. A scalar is a P-256 private key, a seed an MLKEM768X25519 (X-Wing) one.", Vectors: keyVectors()},
		"functions.json":   {About: "The labelled hash and what people read, type and say.", Vectors: functionVectors()},
		"bundles.json":     {About: "A bank's first bundle, the one that follows it with other roots, and how each is opened.", Vectors: bundleVectors()},
		"credentials.json": {About: "What the bank's keys sign: content, credentials, staples.", Vectors: credentialVectors()},
		"offers.json":      {About: "Offer cores, QR frames with their text, and what they are made of.", Vectors: offerVectors()},
		"verdicts.json":    {About: "The whole check of an offer by a companion, from pin and answers to the verdict.", Vectors: verdictVectors()},
		"relay.json":       {About: "Connect token, call ticket, and every message between clients and relay.", Vectors: relayVectors()},
		"handshakes.json":  {About: "Replies, declines, reveals, refusals, and every secret derived from them.", Vectors: handshakeVectors()},
		"records.json":     {About: "The first records of both directions, for the secrets of the handshake with a device.", Vectors: recordVectors()},
		"reports.json":     {About: "The sealed stop report.", Vectors: reportVectors()},
		"enrolment.json":   {About: "The ticket, the key of its secret, and the mutual proof.", Vectors: enrolmentVectors()},
		"invalid.json":     {About: "Inputs that must be refused, each with the one error that it gives: a change of a valid vector's input.", Invalid: invalids()},
	}
}

func keyVectors() (out []vectors.Vector) {
	for _, s := range signers {
		out = append(out, valid(s.name, "signing key", nil, scalarInput{s.scalar()}, pointOutput{s.point(), s.id()}))
	}
	for _, k := range kemKeys {
		out = append(out, valid(k.name, "hpke key", nil, seedInput{k.seed()}, publicOutput{k.public()}))
	}
	return out
}

func functionVectors() []vectors.Vector {
	counting := make([]byte, 32)
	for i := range counting {
		counting[i] = byte(i)
	}
	code := func(name string, oid []byte) vectors.Vector {
		c := spoken(oid)
		return valid(name, "spoken code", nil, oidInput{oid}, codeOutput{c, c[:3] + " " + c[3:6] + " " + c[6:]})
	}
	typed := func(name, text string) vectors.Vector {
		return valid(name, "typed code", nil, typedInput{text}, typedCodeOutput{"780757704"})
	}
	return slices.Concat([]vectors.Vector{
		valid("hash of two parts", "hash", nil, hashInput{"CP1 test", []Hex{[]byte("a"), []byte("bc")}}, hashOutput{hash("CP1 test", []byte("a"), []byte("bc"))}),
		valid("hash of the parts cut elsewhere", "hash", nil, hashInput{"CP1 test", []Hex{[]byte("ab"), []byte("c")}}, hashOutput{hash("CP1 test", []byte("ab"), []byte("c"))}),
		valid("hash of an empty part", "hash", nil, hashInput{"CP1 test", []Hex{{}}}, hashOutput{hash("CP1 test", nil)}),
		valid("hash of no part", "hash", nil, hashInput{"CP1 test", []Hex{}}, hashOutput{hash("CP1 test")}),
		code("code of counting bytes", counting),
		code("code of zeros", make([]byte, 32)),
		typed("code as it is shown", "780 757 704"),
		typed("code with hyphens and spaces around", " 780-757-704 "),
		typed("code with en dashes and thin spaces", "780\u2009\u2013\u2009757\u2009\u2013\u2009704"),
		typed("code with other dashes", "7\u20108\u20110\u20127\u20145\u20157\u22127\ufe580\uff0d4"),
		typed("code with other spaces", "7\u00a08\u20030\u20077\u202f5\u205f7\u30007\t0\r\n4\u2028"),
		typed("code with marks", "(780).757/704,"),
		typed("code in quotes", "\u201e780 757 704\u201d."),
		typed("code with a byte order mark and marks of direction", "\ufeff\u200e\u2066780\u200b757\u00ad704\u2069"),
		typed("code in full-width digits", "\uff17\uff18\uff10\uff17\uff15\uff17\uff17\uff10\uff14"),
		typed("code in Arabic-Indic digits", "\u0667\u0668\u0660 \u0667\u0665\u0667 \u0667\u0660\u0664"),
		typed("code in Devanagari digits", "\u096d\u096e\u0966 \u096d\u096b\u096d \u096d\u0966\u096a"),
		valid("words of the first roots", "typed words", nil, wordsInput{roots1, strings.ToUpper(words(roots1))}, wordsOutput{strings.Fields(words(roots1))}),
		valid("words as they are printed, with commas", "typed words", nil, wordsInput{roots1, "words: \"" + strings.ReplaceAll(words(roots1), " ", ", ") + ".\""}, wordsOutput{strings.Fields(words(roots1))}),
		valid("words of the later roots", "typed words", nil, wordsInput{roots2, "  " + words(roots2) + "\n"}, wordsOutput{strings.Fields(words(roots2))}),
		valid("reference", "reference", nil, referenceInput{bankCalls.callID, pseudonym}, referenceOutput{hash("CP1 ref", bankCalls.callID, pseudonym)[:16]}),
		valid("commitment", "commitment", nil, commitmentInput{bankCalls.callID, bankCalls.nonceA}, commitmentOutput{bankCalls.ca}),
		valid("offer keys", "offer keys", nil, offerKeysInput{bankID, offerKey.public(), bankCalls.ca}, offerKeysOutput{hash("CP1 keys", bankID, offerKey.public(), bankCalls.ca)}),
		valid("customer hash", "customer hash", nil, pseudonymInput{pseudonym}, hashOutput{hash("CP1 customer", pseudonym)}),
	}, nameVectors(), numberVectors())
}

// nameVectors hold names of section 2.6 as they are typed and as they stand on
// the wire, and pairs with the answer whether they can be taken for one another.
func nameVectors() (out []vectors.Vector) {
	typed := func(name, typed, want string) {
		if !isName(want) {
			panic(want + " is no name")
		}
		out = append(out, valid("typed name: "+name, "typed name", nil, typedInput{typed}, nameOutput{want}))
	}
	typed("nothing to mend", "Example Bank", "Example Bank")
	typed("spaces", " \tExample\u00a0 Bank\u3000\n", "Example Bank")
	typed("accent after its letter", "Cre\u0301dit", "Cr\u00e9dit")
	typed("wide letters", "\uff2d\uff06\uff34\u3000\uff22ank", "M&T Bank")
	typed("half-width kana with a voice mark", "\uff8a\uff9e\uff9d\uff78", "\u30d0\u30f3\u30af")
	typed("hyphens of other keyboards", "Jean\u2010Luc M\u00fcller\u2013Schmidt", "Jean-Luc M\u00fcller-Schmidt")
	typed("an accent for an apostrophe", "O\u00b4Neil", "O'Neil")
	typed("a curly apostrophe stays", "O\u2019Neil", "O\u2019Neil")

	names := func(names ...string) {
		for _, name := range names {
			if !isName(name) {
				panic(name + " is no name")
			}
			out = append(out, valid("name "+name, "name", nil, nameInput{name}, nameOutput{name}))
		}
	}
	names("N26", "M&T Bank", "A+ Bank", "O\u2019Neil", "1822direkt", "Banco Santander, S.A.", "Danske Bank A/S", "HSBC (UK)", "Berater(in)", "col\u00b7lega",
		"Raiffeisen \u0411\u0430\u043d\u043a", "\u0411\u0430\u043d\u043a 24", "\u4e09\u83f1UFJ\u9280\u884c", "KB\uad6d\ubbfc\uc740\ud589", "\u30aa\u30ea\u30c3\u30af\u30b9\u30fb\u30d0\u30f3\u30af", "\u30ab\u30fc\u30c9", "JCB\u30ab\u30fc\u30c9", "GMO\u3042\u304a\u305e\u3089\u30cd\u30c3\u30c8\u9280\u884c", "JA\u5c71\u53e3", "\u6797 \u4e00 (IT)",
		"\u0e01\u0e23\u0e38\u0e07\u0e44\u0e17\u0e22 \u0e08\u0e33\u0e01\u0e31\u0e14", "\u0928\u0930\u0947\u0928\u094d\u0926\u094d\u0930", "\u05d1\u05e2\u05f4\u05de", "\u0645\u062d\u0645\u0651\u062f", "M\u00aa Jos\u00e9", "q\u0300\u0301\u0302\u0303", strings.Repeat("\u0141", 40))

	pairs := func(answer bool, pairs ...[2]string) {
		for _, p := range pairs {
			if areConfusable(p[0], p[1]) != answer {
				panic(p[0] + " and " + p[1])
			}
			out = append(out, valid(p[0]+" and "+p[1], "confusable names", nil, namesInput{p[0], p[1]}, confusableOutput{answer}))
		}
	}
	pairs(true, [][2]string{
		{"Example Bank", "EXAMPLE-BANK"}, {"Example Bank", "Ex\u00e0mple B\u00e4nk"}, {"Example Bank", "Exarnp1e 8ank"}, {"Example Bank", "Ex\u0430mple Bank"},
		{"Example Bank", "\u0415\u0445\u0430\u043c\u0440\u04cf\u0435 \u042c\u0430\u043f\u043a"}, {"Example Bank", "\u0395\u03a7\u0391\u039c\u03a1\u0399\u0395 \u0392\u0391\u039d\u039a"}, {"Santander", "5antancler"}, {"Santander", "Sa\u0578ta\u0578der"},
		{"N26", "\u039dZ\u0431"}, {"Lloyds", "\u04c0\u04c0\u043e\u0443\u0501\u0455"}, {"Wells Fargo", "VVe11s Farg0"}, {"O\u2019Neil", "O'Neil"}, {"O\u02bcNeil", "ONeil"}, {"Gro\u00dfbank", "GROSSBANK"}, {"\u0141\u00f3d\u017a", "Lodz"},
		{"\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a", "\u0421\u0411\u0415\u0420\u0411\u0410\u041d\u041a"}, {"\u5de5\u5546", "\u30a8\u5546"},
		{"Northgate Bank", "Northgate \u1e9eank"}, {"Northgate Bank", "Northgate \u00feank"}, {"Example", "Exam\u00fele"}, {"Swissbank", "Swi\u00df\u00dfank"}, {"Northgate Bank", "N\u0254r7hq\u0250t\u025c B4nk"}, {"Citibank", "\u0254itibank"}, {"PIONEER", "\u0420\u0406\u041e\u041f\u0415\u0415\u042f"}, {"BARCLAYS", "B\u0245RCL\u0245Y\u01a7"}, {"Northgate Bank", "Northgate \u03b2\u03b1\u03b7\u03ba"},
		{"HSBC", "I-ISBC"}, {"Monzo", "IVIonzo"}, {"Monzo", "rvlonzo"}, {"Northgate Bank", "IVortlngate I3ank"}, {"Northgate Bank", "rIortligate loank"}, {"Northgate Bank", "Northcjate Bank"}, {"Swedbank", "Suuedbank"}, {"Qatar", "\u024aatar"}, {"OSLO", "\u0555\u054f\u053c\u0555"}, {"\u00deank", "\u00dfank"},
	}...)
	pairs(false, [][2]string{
		{"Example Bank", "Sample Bank"}, {"Example Bank", "Example Banks"}, {"N26", "M26"}, {"Bank 24", "Bank 25"}, {"ING", "ING-DiBa"}, {"BPH", "BPI"}, {"UBS", "UBA"}, {"Alpha Bank", "Alfa Bank"}, {"Gro\u00dfbank", "Grobank"}, {"\u00deorbank", "Thorbank"}, {"KBC", "ICBC"}, {"Bern", "Lenn"},
		{"\u0411\u0430\u043d\u043a", "\u0411\u0430\u043d\u043a\u0430"}, {"\u4e2d\u56fd\u94f6\u884c", "\u62db\u5546\u94f6\u884c"}, {"\u05d3\u05d5\u05d3", "\u05db\u05d4\u05df"},
	}...)
	return out
}

// words are the eight words of a roots hash (CP1, section 9).
func words(hash []byte) string {
	var out []string
	for i := range 8 {
		var padded [4]byte
		copy(padded[:], hash[i*11/8:])
		out = append(out, wordlists.English[binary.BigEndian.Uint32(padded[:])<<(i*11%8)>>21])
	}
	return strings.Join(out, " ")
}

func bundleVectors() []vectors.Vector {
	type signatures struct {
		Label   string   `json:"label"`
		Keys    []string `json:"keys"`
		Payload string   `json:"payload"`
	}
	made1 := signatures{"CP1 bundle", []string{"root 1", "root 2"}, diagnose(bundle1)}
	made2 := signatures{"CP1 bundle", []string{"root 1", "root 2", "root 4"}, diagnose(bundle2)}
	out1, out2 := bundleOutput{bankID, "Example Bank", 1, hash1, roots1}, bundleOutput{bankID, "Example Bank", 2, hash2, roots2}
	out4 := bundleOutput{bankID, "Example Bank", 4, hash4, roots2}
	pinned := func(version uint64, hash []byte) anchor {
		return anchor{"Example Bank", "examplebank.com", bankID, []Hex{root2.point(), root3.point(), root4.point()}, 2, version, hash}
	}
	made4 := signatures{"CP1 bundle", []string{"root 2", "root 3"}, diagnose(bundle4)}
	return []vectors.Vector{
		valid("first bundle", "first bundle", made1, firstBundleInput{signed1, roots1, now}, out1),
		valid("pinned bundle", "pinned bundle", made1, pinnedBundleInput{anchor1, signed1}, out1),
		valid("pinned later bundle", "pinned bundle", made2, pinnedBundleInput{pinned(2, hash2), signed2}, out2),
		valid("no later bundle", "bundle chain", nil, bundleChainInput{anchor1, signed1, []Hex{}, now}, out1),
		valid("rotation", "bundle chain", made2, bundleChainInput{anchor1, signed1, []Hex{signed2}, now}, out2),
		valid("lineage of version 1", "lineage", nil, lineageInput{[]Hex{signed1}, roots1, now}, out1),
		valid("lineage whose roots changed after they were vouched for", "lineage", made2, lineageInput{[]Hex{signed1, signed2}, roots1, now}, out2),
		valid("lineage with other roots", "lineage", made2, lineageInput{[]Hex{signed1, signed2}, roots2, now}, out2),
		valid("lineage", "lineage", made4, lineageInput{[]Hex{signed1, signed2, signed4}, roots2, now}, out4),
		valid("lineage that brings all", "lineage", nil, lineageInput{[]Hex{signed1, signed2, signed3, signed4}, roots2, now}, out4),
		valid("lineage to the pinned bundle", "pinned lineage", nil, pinnedLineageInput{pinned(4, hash4), []Hex{signed1, signed2, signed4}, roots2, now}, out4),
		valid("lineage from a pin of version 1", "pinned lineage", nil, pinnedLineageInput{anchor1, []Hex{signed1, signed2, signed4}, roots2, now}, out4),
		valid("lineage from a pin of version 2", "pinned lineage", nil, pinnedLineageInput{pinned(2, hash2), []Hex{signed1, signed2, signed4}, roots2, now}, out4),
		valid("lineage from a pin that it leaves out", "pinned lineage", nil, pinnedLineageInput{pinned(3, hash3), []Hex{signed1, signed2, signed4}, roots2, now}, out4),
	}
}

func credentialVectors() []vectors.Vector {
	contentOut := contentOutput{
		BankID: bankID, Version: 1, KeyID: contentKey.id(), IssuedAt: now - day,
		Purposes: []purposeOutput{
			{"card-payment", map[string]string{"en": "About a card payment", "pl": "W sprawie płatności kartą"}},
			{"account-access", map[string]string{"en": "About access to your account"}},
		},
		NeverAsk: map[string][]string{"en": {"tell us your PIN", "move money to keep it safe"}, "pl": {"podać kod PIN"}},
	}
	fullOut := contentOut
	fullOut.Purposes, fullOut.NeverAsk = []purposeOutput{{"card-payment", map[string]string{}}}, map[string][]string{}
	for _, language := range inLanguages(16, nil) {
		fullOut.Purposes[0].Sentences[language.key.(string)] = honest
		fullOut.NeverAsk[language.key.(string)] = slices.Repeat([]string{"tell us your PIN"}, 8)
	}
	agentOut := agentOutput{
		issuer.id(), agentNumber, agentName, role, department, shiftBegan, shiftEnds, credentialID, agentKey.point(),
		[]string{"card-payment", "transfer"}, hash("CP1 cred", encode(credential1))[:16],
	}
	deviceOut := deviceOutput{issuer.id(), deviceID, pseudonym, deviceKey.point(), now - day, now + 4*year, []string{customerLine, "0123"}, now - year}
	renewedOut := deviceOut
	renewedOut.NotBefore, renewedOut.Lines = now, []string{"0123", "4455"}
	byNextOut := renewedOut
	byNextOut.IssuerID = nextIssuer.id()
	byNext := renewed1.with(1, nextIssuer.id())
	otherForm := issuer.withOtherS("CP1 cred", encode(credential1))
	deviceStaple := staple(deviceID, true, now-29*60)
	return []vectors.Vector{
		valid("signature", "signature", by("CP1 cred", issuer, credential1), signatureInput{"CP1 cred", issuer.point(), signedCredential}, payloadOutput{encode(credential1)}),
		valid("signature in its other form", "signature", by("CP1 cred", issuer, credential1), signatureInput{"CP1 cred", issuer.point(), otherForm}, payloadOutput{encode(credential1)}),
		valid("bank's words", "content", by("CP1 content", contentKey, content1), byBundleInput{signed1, signedContent}, contentOut),
		valid("bank's words at their limits", "content", by("CP1 content", contentKey, fullContent), byBundleInput{signed1, contentKey.sign("CP1 content", encode(fullContent))}, fullOut),
		valid("agent credential", "agent credential", by("CP1 cred", issuer, credential1), byBundleInput{signed1, signedCredential}, agentOut),
		valid("device credential", "device credential", by("CP1 device", issuer, device1), byBundleInput{signed1, signedDevice}, deviceOut),
		valid("renewed device credential", "renewed device", by("CP1 device", issuer, renewed1), renewedInput{signed1, signedDevice, signedRenewed, now + 60}, renewedOut),
		valid("device credential renewed by a new issuer", "renewed device", by("CP1 device", nextIssuer, byNext),
			renewedInput{signed2, signedDevice, nextIssuer.sign("CP1 device", encode(byNext)), now - 60}, byNextOut),
		valid("good staple", "staple", by("CP1 status", statusKey, staple(credentialID, true, now-120)), stapleInput{signed1, goodStaple, credentialID, now}, stapleOutput{now - 120}),
		valid("good staple of a device, 29 minutes old", "staple", by("CP1 status", statusKey, deviceStaple),
			stapleInput{signed1, statusKey.sign("CP1 status", encode(deviceStaple)), deviceID, now}, stapleOutput{now - 29*60}),
	}
}

// offerWith says what an offer was made with.
type offerWith struct {
	Label   string `json:"label"`
	Key     string `json:"key"`
	KEM     string `json:"kem_key"`
	NonceA  Hex    `json:"nonce_a"`
	CA      Hex    `json:"ca"`
	Payload string `json:"payload"`
}

func (m made) with() offerWith {
	return offerWith{"CP1 offer", agentKey.name, m.kem.name, m.nonceA, m.ca, diagnose(m.core)}
}

func (m made) output() offerOutput {
	direction := "bank-called"
	if m.core[3].value == 2 {
		direction = "customer-called"
	}
	out := offerOutput{
		Credential: m.core[0].value.([]byte), CallID: m.callID, Start: start, Expiry: start + 300, Direction: direction, Purpose: "card-payment",
		Line: m.core[5].value.(string), Suite: 1, Keys: m.core[len(m.core)-1].value.([]byte), OID: m.oid(), Code: m.code(),
	}
	if len(m.core) == 9 {
		out.Reference = m.core[6].value.([]byte)
	}
	return out
}

func offerVectors() (out []vectors.Vector) {
	for _, m := range []made{bankCalls, customerCalls, toGuest} {
		out = append(out, valid("offer: "+m.name, "offer", m.with(), offerInput{agentKey.point(), m.signed()}, m.output()))
	}
	for _, m := range []made{bankCalls, customerCalls} {
		frame := list{m.payload(), frameTime}
		text, signed := m.text(frameTime), agentKey.sign("CP1 frame", encode(frame))
		out = append(out,
			valid("QR text: "+m.name, "qr text", by("CP1 frame", agentKey, frame), textInput{text}, textOutput{signed, signedCredential}),
			valid("frame: "+m.name, "frame", by("CP1 frame", agentKey, frame), frameInput{agentKey.point(), text}, frameOutput{m.oid(), frameTime, signedCredential}))
	}
	text := bankCalls.text(frameTime)
	pasted := " " + text[:40] + "\r\n\t" + text[40:] + " \n"
	longest := text + strings.Repeat("\n", 8592-len(text))
	out = append(out, valid("QR text of 8,592 characters as pasted", "qr text", nil, textInput{longest}, textOutput{agentKey.sign("CP1 frame", encode(list{bankCalls.payload(), frameTime})), signedCredential}))
	around := "\ufeff\u201c" + strings.ReplaceAll(bankCalls.text(frameTime), " ", "\u2007") + "\u201d.\u2029"
	out = append(out, valid("QR text in quotes, with a full stop and other spaces", "qr text", nil, textInput{around}, textOutput{agentKey.sign("CP1 frame", encode(list{bankCalls.payload(), frameTime})), signedCredential}))
	return append(out, valid("QR text as pasted", "qr text", nil, textInput{pasted}, textOutput{agentKey.sign("CP1 frame", encode(list{bankCalls.payload(), frameTime})), signedCredential}))
}

// serve is the relay's answer to the lookup of an offer.
func (m made) serve() *served {
	return &served{
		Core: m.signed(), Credential: signedCredential, PKA: m.kem.public(), CA: m.ca, Staple: goodStaple, BundleVersion: 1, BundleHash: hash1,
	}
}

// entered is what a companion has in front of it: by code, or by QR.
func (m made) entered(byQR bool) verdictInput {
	a := anchor1
	in := verdictInput{
		Now: now, Program: program, How: 1, Anchor: &a, Bundle: signed1, Content: signedContent, Served: m.serve(),
		Own: &own{Credential: signedDevice},
	}
	if m.core[3].value == 2 {
		in.How, in.Dialled = 2, bankLine
	}
	if in.Code = m.code(); byQR {
		in.Code, in.Text = "", m.text(frameTime)
	}
	return in
}

// Own credentials that are old, of other numbers, and over.
var old, elsewhere, over = device1.with(5, now-day-1), device1.with(7, list{"0123"}), device1.with(6, now-1)

func verdictVectors() []vectors.Vector {
	verified := func(m made, byQR bool) verdictOutput {
		out := verdictOutput{
			Result: "verified", Reasons: []ending.Reason{}, OID: m.oid(), Name: agentName, Role: role, Department: department,
			Bank: "Example Bank", Domain: "examplebank.com", Purpose: "card-payment", Direction: m.output().Direction, Bundle: 1, Content: 1, Reply: true,
		}
		if byQR {
			out.FrameTime = frameTime
		}
		return out
	}
	rotated := bankCalls.entered(false)
	rotated.Served.BundleVersion, rotated.Served.BundleHash, rotated.Served.Bundles = 2, hash2, []Hex{signed2}
	rotated.Served.Content = contentKey.sign("CP1 content", encode(content2))
	rotatedOut := verified(bankCalls, false)
	rotatedOut.Bundle, rotatedOut.Content = 2, 2

	amber := func(m made, byQR, reply bool, change func(*verdictInput), reasons ...ending.Reason) (verdictInput, verdictOutput) {
		in, out := m.entered(byQR), verified(m, byQR)
		change(&in)
		out.Result, out.Reasons, out.Reply = "unverified", reasons, reply
		return in, out
	}
	guestIn, guestOut := amber(toGuest, false, true, func(in *verdictInput) { in.Own = nil }, ending.Guest)
	offlineIn, offlineOut := amber(bankCalls, true, false, func(in *verdictInput) { in.Served, in.Offline = nil, true }, ending.Offline)
	offlineGuestIn, offlineGuestOut := amber(toGuest, true, false, func(in *verdictInput) { in.Own, in.Served, in.Offline = nil, nil, true }, ending.Guest, ending.Offline)
	offlineHoldIn, offlineHoldOut := amber(bankCalls, true, false, func(in *verdictInput) { in.Served, in.Offline, in.HoldUntil = nil, true, now+60 }, ending.Offline)
	offlineDialledIn, offlineDialledOut := amber(customerCalls, true, false, func(in *verdictInput) { in.Served, in.Offline = nil, true }, ending.Offline)
	helpedIn, helpedOut := amber(bankCalls, false, true, func(in *verdictInput) { in.Helped = true }, ending.RemoteControl)
	manyIn, manyOut := amber(toGuest, false, false, func(in *verdictInput) {
		in.Own, in.How, in.Served.Staple = nil, 3, nil
	}, ending.StatusStale, ending.NotSure, ending.Guest)
	renewedIn, renewedOut := bankCalls.entered(false), verified(bankCalls, false)
	overHash := hash("CP1 bundle", encode(bundleOver))
	afterOver := bundle2.with(6, overHash)
	renewedIn.Bundle, renewedIn.Anchor.Hash = signBundle(bundleOver, root1, root2), overHash
	renewedIn.Served.BundleVersion, renewedIn.Served.BundleHash = 2, hash("CP1 bundle", encode(afterOver))
	renewedIn.Served.Bundles, renewedOut.Bundle = []Hex{signBundle(afterOver, root1, root2, root4)}, 2
	redIn := bankCalls.entered(false)
	redIn.How, redIn.Dialled = 2, "+48600700800"
	redOut := verified(bankCalls, false)
	redOut.Result, redOut.Reasons, redOut.Reply, redOut.Report = "stopped", []ending.Reason{ending.WrongDirection, ending.WrongNumber}, false, ending.WrongDirection
	redOut.Name, redOut.Role, redOut.Department, redOut.Bank, redOut.Domain, redOut.Purpose, redOut.Direction = "", "", "", "", "", "", ""
	// What an earlier failure leaves out, and what it does not (CP1, 6.2, needs):
	// everything besides is wrong too.
	stopped := func(m made, byQR bool, change func(*verdictInput, *verdictOutput), reasons ...ending.Reason) (verdictInput, verdictOutput) {
		in, out := m.entered(byQR), verdictOutput{Result: "stopped", Reasons: reasons, OID: make([]byte, 32)}
		in.Own, in.How, in.Helped, in.Program, in.HoldUntil, in.Content = nil, 3, true, "0.0.9", now+60, nil
		in.Bundle, in.Anchor.Hash, in.Served.BundleHash, in.Served.Staple, in.Served.PKA = signBundle(bundleOver, root1, root2), overHash, overHash, nil, nil
		change(&in, &out)
		return in, out
	}
	forgedOfferIn, forgedOfferOut := stopped(bankCalls, false, func(in *verdictInput, out *verdictOutput) {
		in.Served.Core, out.Bundle = strangerKey.sign("CP1 offer", bankCalls.payload()), 1
	}, ending.Forged, ending.Expired, ending.Unsupported, ending.NotSure, ending.Guest, ending.RemoteControl)
	forgedBundleIn, forgedBundleOut := stopped(bankCalls, true, func(in *verdictInput, out *verdictOutput) {
		in.Bundle = signBundle(bundleOver, root1)
	}, ending.Forged, ending.NotSure, ending.Guest, ending.RemoteControl)
	brokenIn, brokenOut := stopped(bankCalls, false, func(in *verdictInput, out *verdictOutput) {
		good := bundle2.with(6, overHash)
		next := bundle2.with(5, 3).with(6, hash("CP1 bundle", encode(good)))
		in.Served.Bundles = []Hex{signBundle(good, root1, root2, root4), signBundle(next, root2)}
		in.Served.BundleVersion, in.Served.BundleHash = 3, hash("CP1 bundle", encode(next))
		out.Bundle, out.OID = 1, bankCalls.oid()
	}, ending.Forged, ending.Expired, ending.StatusStale, ending.Unsupported, ending.NotSure, ending.OnHold, ending.Guest, ending.RemoteControl)
	refusedIn, refusedOut := stopped(bankCalls, true, func(in *verdictInput, out *verdictOutput) {
		in.Served, in.Refused = nil, ending.Superseded
		out.Bundle, out.OID, out.FrameTime = 1, bankCalls.oid(), frameTime
	}, ending.Superseded, ending.Expired, ending.Unsupported, ending.NotSure, ending.OnHold, ending.Guest, ending.RemoteControl)
	// owned is the verdict by code with another own credential.
	owned := func(name string, device dict, renewal ending.Reason, renew bool) vectors.Vector {
		in, out := bankCalls.entered(false), verified(bankCalls, false)
		in.Own, out.Renew = &own{issuer.sign("CP1 device", encode(device)), renewal}, renew
		return valid(name, "verdict", nil, in, out)
	}
	strangeIn, strangeOut := bankCalls.entered(false), verified(bankCalls, false)
	strangeIn.Own = &own{Credential: issuer.sign("CP1 device", encode(elsewhere))}
	strangeOut.Result, strangeOut.Reasons, strangeOut.Reply, strangeOut.Report, strangeOut.Renew = "stopped", []ending.Reason{ending.WrongNumber}, false, ending.WrongNumber, true
	strangeOut.Name, strangeOut.Role, strangeOut.Department, strangeOut.Bank, strangeOut.Domain, strangeOut.Purpose, strangeOut.Direction = "", "", "", "", "", "", ""
	return []vectors.Vector{
		owned("verdict with an own credential over 24 hours old", old, "", true),
		owned("verdict with an own credential over 24 hours old, and no fresh one", old, ending.Busy, false),
		owned("verdict with an own credential that ends within 30 days", device1.with(6, now+30*day-1), "", true),
		valid("verdict on a number that the own credential does not list", "verdict", nil, strangeIn, strangeOut),
		valid("verdict by code", "verdict", nil, bankCalls.entered(false), verified(bankCalls, false)),
		valid("verdict by QR", "verdict", nil, bankCalls.entered(true), verified(bankCalls, true)),
		valid("verdict of a call by the customer", "verdict", nil, customerCalls.entered(true), verified(customerCalls, true)),
		valid("verdict with newer bundle and content", "verdict", nil, rotated, rotatedOut),
		valid("verdict of a guest", "verdict", nil, guestIn, guestOut),
		valid("verdict offline", "verdict", nil, offlineIn, offlineOut),
		valid("verdict offline of a guest", "verdict", nil, offlineGuestIn, offlineGuestOut),
		valid("verdict offline during a hold", "verdict", nil, offlineHoldIn, offlineHoldOut),
		valid("verdict offline of a call by the customer", "verdict", nil, offlineDialledIn, offlineDialledOut),
		valid("verdict with a newer bundle after one past its expiry", "verdict", nil, renewedIn, renewedOut),
		valid("verdict of a helped screen", "verdict", nil, helpedIn, helpedOut),
		valid("verdict with three unknowns", "verdict", nil, manyIn, manyOut),
		valid("verdict of what a forged offer leaves", "verdict", nil, forgedOfferIn, forgedOfferOut),
		valid("verdict of what a forged bundle leaves", "verdict", nil, forgedBundleIn, forgedBundleOut),
		valid("verdict of what a broken chain of bundles leaves", "verdict", nil, brokenIn, brokenOut),
		valid("verdict of what a refusal leaves", "verdict", nil, refusedIn, refusedOut),
		valid("verdict with two stops", "verdict", nil, redIn, redOut),
	}
}

func connectToken(key signer, payload dict) string {
	return base64.RawURLEncoding.EncodeToString(key.sign("CP1 connect", encode(payload)))
}

var connect1 = dict{{1, agentNumber}, {2, agentNkey}, {3, now}, {4, tlsKeyHash}}

var callTicket1 = dict{
	{1, statusKey.id()}, {2, bankCalls.oid()}, {3, bankCalls.callID}, {4, agentNumber}, {5, credentialID}, {6, deviceID},
	{7, hash("CP1 customer", pseudonym)}, {8, companionNkey}, {9, false}, {10, now}, {11, now + 540},
}

var signedTicket = statusKey.sign("CP1 ticket", encode(callTicket1))

// prepared1 is the authority's word on the customer C-1.
var prepared1 = dict{
	{1, statusKey.id()}, {2, "C-1"}, {3, 1}, {4, ""}, {5, pseudonym}, {6, customerLine}, {7, true}, {8, 0}, {9, now},
}

func signPrepared(p dict) []byte { return statusKey.sign("CP1 prepared", encode(p)) }

func signRenewal(r dict) []byte { return deviceKey.sign("CP1 renew", encode(r)) }

func relayVectors() []vectors.Vector {
	ticketOut := callTicketOutput{
		statusKey.id(), bankCalls.oid(), bankCalls.callID, agentNumber, credentialID, deviceID, hash("CP1 customer", pseudonym),
		companionNkey, false, now, now + 540,
	}
	guestTicket := callTicket1.without(6).with(7, make([]byte, 32)).with(9, true)
	guestOut := ticketOut
	guestOut.Device, guestOut.Customer, guestOut.Secure = nil, make([]byte, 32), true
	out := []vectors.Vector{
		nkeyVector("nkey of a connection", "PXoWU7zWAMt75FY_xbd1Zg"),
		nkeyVector("nkey of another connection", "AAAAAAAAAAAAAAAAAAAAAA"),
		valid("connect token", "connect token", by("CP1 connect", agentKey, connect1),
			connectInput{agentKey.point(), connectToken(agentKey, connect1)}, connectOutput{agentNumber, agentNkey, now, tlsKeyHash}),
		valid("renewal", "renewal", by("CP1 renew", deviceKey, renewal1), renewalInput{deviceKey.point(), signRenewal(renewal1)}, renewalOutput{deviceID, companionNkey, now}),
		valid("ticket of a call", "call ticket", by("CP1 ticket", statusKey, callTicket1), byBundleInput{signed1, signedTicket}, ticketOut),
		valid("ticket of a secure call with a guest", "call ticket", by("CP1 ticket", statusKey, guestTicket),
			byBundleInput{signed1, statusKey.sign("CP1 ticket", encode(guestTicket))}, guestOut),
		valid("authority's word on a customer", "prepared", by("CP1 prepared", statusKey, prepared1),
			preparedInput{signed1, signPrepared(prepared1), "C-1", 1, "", now + 60}, preparedOutput{pseudonym, customerLine, true, 0, now}),
		valid("acknowledgement of the first record", "acknowledgement", nil, receivedInput{1}, ackOutput{[]byte{0, 0, 0, 0, 0, 0, 0, 1}}),
		valid("acknowledgement of many", "acknowledgement", nil, receivedInput{70_000}, ackOutput{[]byte{0, 0, 0, 0, 0, 1, 0x11, 0x70}}),
	}
	for _, m := range relayMessages() {
		out = append(out, valid("message: "+m.name, "message", nil, messageInput{m.kind, encode(m.item)}, messageOutput{diagnose(m.item)}))
	}
	return out
}

func nkeyVector(name, nonce string) vectors.Vector {
	seed := fixed(name, 32)
	nkey, sig := nkeyOf(seed), ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(nonce))
	return valid(name, "nkey", nil, nkeyInput{seed, nonce}, nkeyOutput{nkey, base64.RawURLEncoding.EncodeToString(sig), "_INBOX_" + nkey + ".push"})
}

// message is one message of the relay.
type message struct {
	name, kind string
	item       dict
}

func relayMessages() []message {
	news := dict{{1, 1}, {2, hash1}, {3, list{}}}
	newer := dict{{1, 2}, {2, hash2}, {3, list{signed2}}, {4, contentKey.sign("CP1 content", encode(content2))}}
	oid := bankCalls.oid()
	lookup := dict{{1, bankCalls.signed()}, {2, signedCredential}, {3, offerKey.public()}, {4, goodStaple}, {5, news}, {6, bankCalls.ca}}
	e, r := enrolled(false), sealedReport()
	reply, answer := toDevice.envelope(), toDevice.reveal()
	return []message{
		{"answer with a body", "Answer", dict{{2, []byte("body")}}},
		{"answer with a reason", "Answer", dict{{1, "unknown_code"}}},
		{"empty answer", "Answer", dict{}},
		{"lookup by code", "Lookup", dict{{1, bankCalls.code()}, {3, 1}, {4, hash1}, {5, 1}}},
		{"lookup by oid", "Lookup", dict{{2, oid}, {3, 1}, {4, hash1}, {5, 0}}},
		{"lookup answer", "Lookup answer", lookup},
		{"lookup answer with news and no staple", "Lookup answer", lookup.with(4, []byte{}).with(5, newer)},
		{"up: reply", "Up", dict{{1, oid}, {2, 1}, {3, reply}}},
		{"up: decline", "Up", dict{{1, oid}, {2, 2}, {3, toDevice.decline("wrong_number", false)}}},
		{"up: confirm", "Up", dict{{1, oid}, {2, 5}, {3, toDevice.confirm()}}},
		{"up: record", "Up", dict{{1, oid}, {2, 6}, {3, records(2)[0]}}},
		{"up: acknowledgement", "Up", dict{{1, oid}, {2, 7}, {3, []byte{0, 0, 0, 0, 0, 0, 0, 1}}}},
		{"up: readmit", "Up", dict{{1, oid}, {2, 8}, {3, signedTicket}}},
		{"down: reveal", "Down", dict{{1, oid}, {2, companionNkey}, {3, 3}, {4, answer}}},
		{"down: refuse", "Down", dict{{1, oid}, {2, companionNkey}, {3, 4}, {4, toDevice.refusal("frame_stale")}}},
		{"down: record", "Down", dict{{1, oid}, {2, companionNkey}, {3, 6}, {4, records(1)[0]}}},
		{"push of a reply to the agent", "Push", dict{{1, oid}, {2, 1}, {3, reply}, {4, companionNkey}}},
		{"push of a reveal to the companion", "Push", dict{{1, oid}, {2, 3}, {3, answer}}},
		{"push of a ticket", "Push", dict{{1, oid}, {2, 9}, {3, signedTicket}}},
		{"push of a notice", "Push", dict{{1, oid}, {2, 10}, {3, []byte("superseded")}}},
		{"push of an alert", "Push", dict{{1, oid}, {2, 11}, {3, []byte("collision")}}},
		{"report", "Report", dict{{1, oid}, {2, r.enc}, {3, r.ct}}},
		{"renew", "Renew", dict{{1, signRenewal(renewal1)}}},
		{"renew answer", "Renew answer", dict{{1, signedRenewed}}},
		{"enrol", "Enrol", dict{{1, 1}, {2, encode(e.hello())}}},
		{"credential", "Credential", dict{{1, "123456"}, {2, 1}, {3, hash1}, {4, 1}}},
		{"credential: news alone", "Credential", dict{{2, 1}, {3, hash1}, {4, 1}, {5, true}}},
		{"credential answer", "Credential answer", dict{{1, signedCredential}, {2, news}}},
		{"credential answer: news alone", "Credential answer", dict{{2, newer}}},
		{"prepare", "Prepare", dict{{1, "C-1"}, {2, 1}, {3, ""}}},
		{"prepare answer", "Prepare answer", dict{{1, signPrepared(prepared1)}}},
		{"create", "Create", dict{
			{1, bankCalls.code()}, {2, bankCalls.signed()}, {3, signedCredential}, {4, offerKey.public()}, {5, pseudonym}, {6, "+48601236789"}, {7, bankCalls.ca}}},
		{"create for nobody known", "Create", dict{
			{1, customerCalls.code()}, {2, customerCalls.signed()}, {3, signedCredential}, {4, qrOfferKey.public()}, {6, bankLine}, {7, customerCalls.ca}}},
		{"admit", "Admit", dict{{1, oid}, {2, deviceID}, {3, companionNkey}}},
		{"admit a guest", "Admit", dict{{1, oid}, {3, companionNkey}}},
		{"admit again by ticket", "Admit", dict{{1, oid}, {3, companionNkey}, {4, signedTicket}}},
		{"admit answer", "Admit answer", dict{{1, statusKey.sign("CP1 status", encode(staple(deviceID, true, now)))}, {2, signedTicket}}},
		{"secure", "Secure", dict{{1, oid}}},
		{"secure answer", "Secure answer", dict{{1, statusKey.sign("CP1 ticket", encode(callTicket1.with(9, true)))}}},
		{"end", "End", dict{{1, oid}, {2, "cancelled"}}},
		{"hello", "Hello", e.hello()},
		{"hello answer", "Hello answer", dict{{1, bankID}, {2, roots1}, {3, e.serverNonce}}},
		{"prove", "Prove", dict{{1, "ABCD"}, {2, e.proof()}, {3, e.possession()}}},
		{"prove answer to a device", "Prove answer", dict{{1, e.vouches(roots1, bankID)}, {2, list{signed1, signed2}}, {3, signedContent}, {4, signedDevice}}},
		{"prove answer to an agent", "Prove answer", dict{
			{1, e.vouches(roots1, bankID)}, {2, list{signed1}}, {3, signedContent}, {5, agentNumber}, {6, "otpauth://totp/Example%20Bank:17?secret=JBSWY3DPEHPK3PXP"}}},
		{"bundle answer", "Bundle answer", dict{{1, list{signed1, signed2, signed4}}, {2, signedContent}}},
		{"clock answer", "Clock answer", dict{{1, now}}},
	}
}

// statement is what a stop report says.
var statement = dict{{1, bankCalls.oid()}, {2, "wrong_number"}, {3, now}}

func sealReport(key signer, label string, statement dict, credential []byte, aad []byte) sealed {
	return reportKey.seal(fixed("report: encapsulation", 64), []byte("CP1 report"), aad, encode(list{key.sign(label, encode(statement)), credential}))
}

func sealedReport() sealed {
	return sealReport(deviceKey, "CP1 report", statement, signedDevice, bankCalls.oid())
}

func reportVectors() []vectors.Vector {
	type with struct {
		signedWith
		Encapsulation Hex `json:"encapsulation"`
	}
	s := sealedReport()
	return []vectors.Vector{valid("stop report", "report", with{by("CP1 report", deviceKey, statement), fixed("report: encapsulation", 64)},
		reportInput{reportKey.seed(), signed1, bankCalls.oid(), s.enc, s.ct}, reportOutput{ending.WrongNumber, now, deviceID})}
}

const ticketSecret = "EFGHIJKLMN23"

// enrolment is one enrolment with the ticket ABCD.
type enrolment struct {
	secret                   []byte // K
	clientNonce, serverNonce []byte
	agent                    bool
	own                      signer
}

// secretKey is K of the ticket: Argon2id of the secret (RFC 9106).
var secretKey = argon2.IDKey([]byte(ticketSecret), hash("CP1 ticket", []byte("ABCD")), 3, 64<<10, 4, 32)

func enrolled(agent bool) enrolment {
	e := enrolment{secret: secretKey, clientNonce: fixed("client nonce", 32), serverNonce: fixed("server nonce", 32), own: deviceKey, agent: agent}
	if agent {
		e.own = agentKey
	}
	return e
}

func (e enrolment) hello() dict {
	return dict{{1, "ABCD"}, {2, e.own.point()}, {3, e.clientNonce}, {4, e.agent}}
}

func (e enrolment) transcript() []byte {
	role := []byte{0}
	if e.agent {
		role[0] = 1
	}
	return hash("CP1 enrol", roots1, bankID, e.own.point(), e.clientNonce, e.serverNonce, role)
}

// key is the ticket's signing key: 48 bytes of K, reduced to 1 ... n-1.
func (e enrolment) key() signer {
	rest := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))
	d := new(big.Int).Mod(new(big.Int).SetBytes(expand(e.secret, "CP1 ticket sign", 48)), rest)
	scalar := d.Add(d, big.NewInt(1)).FillBytes(make([]byte, 32))
	return signer{"ticket", must(ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar))}
}

func (e enrolment) macKey() []byte { return expand(e.secret, "CP1 ticket mac", 32) }

func (e enrolment) proof() []byte { return e.key().sign("CP1 enrol c", e.transcript()) }

// vouches is the bank's proof, made when the ticket was.
func (e enrolment) vouches(roots, bank []byte) []byte {
	return hmac256(e.macKey(), []byte("CP1 enrol s"), roots, bank)
}

func (e enrolment) possession() []byte { return e.own.sign("CP1 possession", e.transcript()) }

func (e enrolment) input() enrolmentInput {
	return enrolmentInput{
		e.secret, e.key().point(), roots1, bankID, e.own.point(), e.clientNonce, e.serverNonce, e.agent, e.possession(), e.proof(), e.vouches(roots1, bankID),
	}
}

func enrolmentVectors() []vectors.Vector {
	ticket := func(name, typed, address string) vectors.Vector {
		return valid(name, "ticket", nil, typedInput{typed}, ticketOutput{address, "ABCD", ticketSecret, "CT1:" + address + "/ABCD-EFGH-IJKL-MN23"})
	}
	return []vectors.Vector{
		ticket("ticket", "CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23", "relay.examplebank.com:4222"),
		ticket("ticket as people type it", " ct1:Relay.ExampleBank.com:4222/abcd efgh 1jkl mn23 ", "relay.examplebank.com:4222"),
		ticket("ticket as the bank's command prints it", "ticket: CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23\n", "relay.examplebank.com:4222"),
		ticket("ticket in quotes with a full stop", "\u201eCT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23\u201d.", "relay.examplebank.com:4222"),
		ticket("ticket in angle brackets", "<CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23>", "relay.examplebank.com:4222"),
		ticket("ticket broken into lines", "CT1:relay.example\r\nbank.com:4222/ABCD-EFGH-\nIJKL-MN23", "relay.examplebank.com:4222"),
		ticket("ticket with other dashes", "CT1:relay\u2011one.examplebank.com:4222/ABCD\u2013EFGH\u2014IJKL\u2212MN23", "relay-one.examplebank.com:4222"),
		ticket("ticket with invisible characters", "\ufeffCT1:relay.\u200bexamplebank.com:4222/\u2060ABCD\u00adEFGHIJKLMN23\u200f", "relay.examplebank.com:4222"),
		ticket("ticket in full-width forms", "\uff23\uff34\uff11\uff1arelay.examplebank.com\uff1a4222\uff0fABCD-EFGH-IJKL-MN23", "relay.examplebank.com:4222"),
		ticket("ticket with an address", "CT1:[2001:db8::1]:4222/ABCDEFGHIJKLMN23", "[2001:db8::1]:4222"),
		valid("ticket key", "ticket key", nil, ticketKeyInput{"ABCD", ticketSecret}, ticketKeyOutput{secretKey, enrolled(false).key().point(), enrolled(false).macKey()}),
		valid("enrolment of a device", "enrolment", nil, enrolled(false).input(), transcriptOutput{enrolled(false).transcript()}),
		valid("enrolment of an agent", "enrolment", nil, enrolled(true).input(), transcriptOutput{enrolled(true).transcript()}),
	}
}
