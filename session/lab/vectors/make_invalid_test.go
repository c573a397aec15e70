// This file makes the invalid inputs that bank, directory and agent can cause:
// functions, signatures, bundles, credentials, staples, offers and QR codes.
// Each has one fault and is otherwise as good as the valid vector that it
// changes: it is signed again where a signature would hide the fault.

package vectors_test

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/ending"
)

// to is the change of an input, by the names in the file.
type to map[string]any

func invalid(of string, reason ending.Reason, name, why string, change to) vectors.Invalid {
	return vectors.Invalid{Name: name, Of: of, Change: asJSON(change), Error: reason, Why: why}
}

func invalids() []vectors.Invalid {
	return slices.Concat(
		invalidFunctions(), invalidNumbers(), invalidSignatures(), invalidBundles(), invalidChains(), invalidContents(), invalidCredentials(), invalidDevices(),
		invalidStaples(), invalidOffers(), invalidTexts(), invalidFrames(), invalidVerdicts(), invalidTickets(), invalidMessages(),
		invalidReports(), invalidEnrolments(), invalidReplies(), invalidAnswers(), invalidRecords())
}

func invalidFunctions() (out []vectors.Invalid) {
	code := func(reason ending.Reason, typed, name, why string) {
		out = append(out, invalid("code as it is shown", reason, name, why, to{"typed": typed}))
	}
	code(ending.NotACode, "", "no code", "A code has nine digits.")
	code(ending.NotACode, "78075770", "code of eight digits", "A code has nine digits.")
	code(ending.NotACode, "7807577040", "code of ten digits", "A code has nine digits.")
	code(ending.NotACode, "78075770A", "code with a letter", "A code has digits only.")
	code(ending.NotACode, "+780757704", "code with a sign", "A code has digits only.")
	code(ending.NotACode, "78075770\u2463", "code with a circled digit", "Only the digits listed in section 2.8 count.")
	code(ending.NotACode, "78075770\U0001d7d2", "code with a mathematical digit", "Only the digits listed in section 2.8 count.")
	code(ending.NotACode, "780=757=704", "code with equals signs", "What section 2.8 does not list is not passed over.")
	code(ending.NotACode, " - \u2013 ", "code of marks alone", "A code has nine digits.")
	code(ending.WrongCheckDigit, "780 757 705", "code with a wrong last digit", "The check digit does not fit.")
	code(ending.WrongCheckDigit, "880 757 704", "code with a wrong first digit", "The check digit finds every single wrong digit.")
	code(ending.WrongCheckDigit, "780 757 074", "code with two digits swapped", "The check digit finds every swap of neighbours.")
	code(ending.WrongCheckDigit, "718 757 704", "code with eighteen for eighty", "The check digit finds every such mix-up.")

	typed := func(reason ending.Reason, typed, name, why string) {
		out = append(out, invalid("words of the first roots", reason, name, why, to{"typed": typed}))
	}
	right := words(roots1)
	typed(ending.NotACode, right[:strings.LastIndex(right, " ")], "seven words", "There are eight words.")
	typed(ending.NotACode, right+" zoo", "nine words", "There are eight words.")
	typed(ending.NotACode, right[:strings.LastIndex(right, " ")]+" countersign", "a word that is not in the list", "Every word is of the English list of BIP 39.")
	typed(ending.Forged, words(roots2), "words of other roots", "The words are those of another roots hash.")
	return append(out, invalidNames()...)
}

func invalidNames() (out []vectors.Invalid) {
	add := func(why string, names ...string) {
		for _, name := range names {
			if isName(name) {
				panic(name + " is a name")
			}
			out = append(out, invalid("name N26", ending.Forged, fmt.Sprintf("name %+q", name), why, to{"name": name}))
		}
	}
	add("A name has 1 to 40 characters.", "", strings.Repeat("a", 41))
	add("A name has a letter.", "365", "- '")
	add("A name is in Unicode's normal form C.", "e\u0301", "\u1112\u1161\u11ab")
	add("Single spaces stand inside a name.", " Bank", "Bank ", "Example  Bank")
	add("The space is U+0020.", "Example\u00a0Bank", "Example\u3000Bank", "Example\tBank")
	add("Other signs stand in no name.", "Bank_24", "bank@example.com", "Bank: call us", "Bank\u2014Bank", "Bank\u2122", "<b>Bank</b>", "\"Bank\"")
	add("Brackets stand in pairs around something.", "N()rthgate Bank", "N( )rthgate Bank", "BANI(", "Bank )a(", "Bank ((UK))")
	add("The digits are 0 to 9.", "Bank \u0662\u0664", "\u2488 Bank")
	add("What shows as nothing stands in no name.", "Ex\u200bample", "Ex\u00adample", "Ex\u202eample", "\u3164", "Ex\ufe0fample", "Ex\u034fample", "\u0628\u200c\u0645")
	add("A mark stands after a letter or mark.", "\u0301Bank", "Bank \u0301a", "Bank 2\u0301")
	add("At most four marks stand in a row, and no two the same.", "q\u0300\u0301\u0302\u0303\u0304", "q\u0301\u0301")
	add("Marks through a letter stand in no name.", "B\u0336ank", "q\u0489")
	add("A character is its own NFKC.", "\uff22ank", "\U0001d401ank", "\ufb01nance", "\u212aBC", "\u2160NG")
	add("The letters are of scripts in general use.", "\ua4d0\ua4ee\ua4e0\ua4d7", "\u13f4\u13aa\u13c0", "\u2c82\u2c80\u2c9a\u2c94", "\u03e2\u03e3", "\u2d30", "\u1401", "\U0001e900")
	add("Letters of phonetics and of old texts stand in no name.", "Ban\u0138", "\u01c0\u01c0oyds", "\u0299\u1d00\u0274\u1d0b", "\u0461ells", "\ua7aeNG", "\u03faAN")
	add("The characters are those of Unicode 15.0.0.", "\ua7cb", "\u1c89", "\U000323b0")
	add("The letters of a word are of one script, or of those that are written together.", "Ex\u0430mple", "\u0395xample", "\u0555xford", "S.\u0410.", "\u0e01A", "\uad6d\u3042", "\u3105\u3042", "\u0411\u9280", "\u03b1\u30fc", "A\u0941", "BARCLA\u311aS")
	add("In a word with Latin letters, a run of Han or kana has a letter that looks like none of them and like no stroke.", "C\u4e28T\u4e28BANK", "\u531aITIBANK", "N\u53e3RTHGATE", "Northgate\u30fcBank", "N\u30edrthgate", "N\u306erthgate", "NOR\u4e0bHGA\u4e0bE", "Ban\u7247", "N\U000200caB")
	add("All letters that a name has of one script beside another are not strokes.", "Northgate Bank \u30fc", "Northgate Bank \u3127", "Northgate Bank \u05d9", "Northgate Bank \u0627", "\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a \u4e28")

	for _, typed := range []string{"Ex\u200bample Bank", "Bank_24", "Ex\u0430mple Bank", ""} {
		out = append(out, invalid("typed name: nothing to mend", ending.Forged, fmt.Sprintf("typed name %+q", typed), "Only what a person cannot see or type otherwise is mended.", to{"typed": typed}))
	}
	return out
}

func invalidSignatures() (out []vectors.Invalid) {
	payload := encode(credential1)
	add := func(name, why string, object []byte) {
		out = append(out, invalid("signature", ending.Forged, name, why, to{"object": Hex(object)}))
	}
	object := func(protected []byte, unprotected dict, payload any, signature []byte) []byte {
		return encode(list{protected, unprotected, payload, signature})
	}
	good := issuer.es256("CP1 cred", protectedES256, payload)
	es384 := encode(dict{{1, -35}})
	withKid := encode(dict{{1, -7}, {4, issuer.id()}})
	add("signature under another label", "The label is the external_aad: a signature under one never verifies under another.", issuer.sign("CP1 device", payload))
	add("signature under no label", "external_aad is the label and never empty.", issuer.sign("", payload))
	add("signature by another key", "It does not verify by this key.", strangerKey.sign("CP1 cred", payload))
	add("signature that says ES384", "The protected header is {1: -7} and nothing else.", object(es384, dict{}, payload, issuer.es256("CP1 cred", es384, payload)))
	add("signature with a key id in its protected header", "The protected header is {1: -7} and nothing else.", object(withKid, dict{}, payload, issuer.es256("CP1 cred", withKid, payload)))
	add("signature whose header was changed", "The protected header is {1: -7} and nothing else, whatever was signed.", object(es384, dict{}, payload, good))
	add("signature whose header was taken away", "The protected header is {1: -7} and nothing else, whatever was signed.", object([]byte{}, dict{}, payload, good))
	add("signature with an unprotected header", "The unprotected header is empty.", object(protectedES256, dict{{4, issuer.id()}}, payload, good))
	add("signature with an empty protected header", "The protected header is {1: -7} and nothing else.", object([]byte{}, dict{}, payload, issuer.es256("CP1 cred", []byte{}, payload)))
	add("signature with its CBOR tag", "A COSE_Sign1 in CP1 is untagged.", append([]byte{0xd2}, issuer.sign("CP1 cred", payload)...))
	add("signature with a detached payload", "Only a bundle's signatures are detached.", issuer.signDetached("CP1 cred", payload))
	add("signature of a payload that is text", "The payload is a byte string.", object(protectedES256, dict{}, string("payload"), issuer.es256("CP1 cred", protectedES256, []byte("payload"))))
	add("signature of zeros", "r and s are between 1 and n-1.", object(protectedES256, dict{}, payload, make([]byte, 64)))
	add("signature in DER", "An ES256 signature is r || s, 64 bytes.", object(protectedES256, dict{}, payload,
		must(asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(good[:32]), new(big.Int).SetBytes(good[32:])}))))
	add("signature with a byte too many", "An ES256 signature is r || s, 64 bytes.", object(protectedES256, dict{}, payload, append([]byte{0}, good...)))
	add("signature object with a byte behind it", "Nothing may follow an object.", append(issuer.sign("CP1 cred", payload), 0))
	add("signature object of indefinite length", "Indefinite lengths are refused.", slices.Concat([]byte{0x9f}, issuer.sign("CP1 cred", payload)[1:], []byte{0xff}))
	add("signature object of five elements", "A COSE_Sign1 has four elements.", encode(list{protectedES256, dict{}, payload, good, 0}))
	add("nothing in place of a signature object", "An object is not empty.", []byte{})
	return out
}

// long is an unsigned integer under 24 in two bytes, which is not its shortest form.
func long(n byte) raw { return raw{0x18, n} }

func invalidBundles() (out []vectors.Invalid) {
	refused := func(reason ending.Reason, name, why string, signed []byte, rootsHash []byte) {
		out = append(out, invalid("first bundle", reason, name, why, to{"signed": Hex(signed), "roots_hash": Hex(rootsHash)}))
	}
	// founded is a bundle of version 1 whose id fits these roots, so that nothing
	// but them is wrong.
	founded := func(bundle dict, rootsHash []byte) dict { return bundle.with(1, bankIDOf(rootsHash)) }
	// Of a changed bundle the roots that it lists are the trusted ones, so that
	// nothing but the change is wrong.
	changed := func(name, why string, bundle dict) {
		refused(ending.Forged, name, why, signBundle(bundle, root1, root2), roots1)
	}
	refused(ending.Forged, "bundle signed by too few roots", "The threshold is two distinct roots.", signBundle(bundle1, root1), roots1)
	refused(ending.Forged, "bundle signed twice by one root", "One root counts once.", signBundle(bundle1, root1, root1), roots1)
	refused(ending.Forged, "bundle signed by a stranger beside one root", "Only roots count.", signBundle(bundle1, root1, strangerKey), roots1)
	refused(ending.Forged, "bundle of other roots", "The roots hash is that of the roots and the threshold that the bundle lists.", signed1, roots2)
	payload := encode(bundle1)
	refused(ending.Forged, "bundle signed under another label", "A root's signature is under CP1 bundle.",
		encode(list{payload, list{root1.signDetached("CP1 content", payload), root2.signDetached("CP1 content", payload)}}), roots1)
	refused(ending.Forged, "bundle with a payload in its signatures", "A bundle's signatures are detached.",
		encode(list{payload, list{root1.sign("CP1 bundle", payload), root2.sign("CP1 bundle", payload)}}), roots1)
	signature := root1.signDetached("CP1 bundle", payload)
	beside := func(name, why string, more ...any) {
		refused(ending.Forged, name, why, encode(list{payload, append(list{signature, root2.signDetached("CP1 bundle", payload)}, more...)}), roots1)
	}
	beside("bundle with junk among its signatures", "Every signature is a COSE_Sign1 with detached payload, whoever made it: one that is none makes the bundle malformed.", []byte("junk"))
	beside("bundle with an empty signature", "Every signature is a COSE_Sign1 with detached payload.", []byte{})
	beside("bundle with a whole object among its signatures", "A bundle's signatures are detached.", strangerKey.sign("CP1 bundle", payload))
	beside("bundle with a signature in text", "A signature is a byte string.", string(signature))
	seventeen := list{}
	for range 17 - 2 {
		seventeen = append(seventeen, any(signature))
	}
	beside("bundle with 17 signatures", "A bundle has at most 16 signatures.", seventeen...)
	refused(ending.Forged, "bundle with a byte behind it", "Nothing may follow an object.", append(bytes.Clone(signed1), 0), roots1)
	refused(ending.Expired, "bundle past its expiry", "The newest bundle must not have expired.", signBundle(bundle1.with(15, now-1), root1, root2), roots1)
	changed("bundle of version 0", "Versions begin with 1.", bundle1.with(5, 0))
	changed("first version that names one before it", "Version 1 has no previous hash.", bundle1.with(6, fixed("previous", 32)))
	changed("later version that names none before it", "Every version but the first names the hash of the one before.", bundle1.with(5, 2))
	refused(ending.Forged, "bundle with a threshold of 0", "The threshold is at least one root.", signBundle(founded(bundle1.with(8, 0), rootsHash(0, root1, root2, root3)), root1, root2), rootsHash(0, root1, root2, root3))
	refused(ending.Forged, "bundle with a threshold over its roots", "The threshold is at most the number of roots.", signBundle(founded(bundle1.with(8, 4), rootsHash(4, root1, root2, root3)), root1, root2, root3), rootsHash(4, root1, root2, root3))
	refused(ending.Forged, "bundle that lists a root twice", "The roots are distinct.",
		signBundle(founded(bundle1.with(7, points(root1, root2, root2)), rootsHash(2, root1, root2, root2)), root1, root2), rootsHash(2, root1, root2, root2))
	nine := signers[:9]
	refused(ending.Forged, "bundle of nine roots", "A bank has at most eight roots.", signBundle(founded(bundle1.with(7, points(nine...)), rootsHash(2, nine...)), root1, root2), rootsHash(2, nine...))
	badPoint := append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)
	badRoots := hash("CP1 roots", []byte{2}, root1.point(), root2.point(), badPoint)
	refused(ending.Forged, "bundle with a root that is no point", "A root is a compressed P-256 point.",
		signBundle(founded(bundle1.with(7, list{root1.point(), root2.point(), badPoint}), badRoots), root1, root2), badRoots)
	keys := bundle1[8].value.(list)
	changed("bundle with an unknown role of a key", "The roles are 1 to 6.", bundle1.with(9, append(slices.Clone(keys), bundleKey(9, logKey.point(), now-year, now+year))))
	changed("bundle with a key that ends before it begins", "A key's validity is a span of time.", bundle1.with(9, append(slices.Clone(keys), bundleKey(1, nextIssuer.point(), now, now-1))))
	changed("bundle with a signing key that is no point", "A signing key is a compressed P-256 point.", bundle1.with(9, append(slices.Clone(keys), bundleKey(1, badPoint, now-year, now+year))))
	ofHPKE := func(role int, public []byte) dict {
		return bundle1.with(9, append(slices.Clone(keys), bundleKey(role, public, now-year, now+year)))
	}
	short, over, low := reportKey.public()[1:], bytes.Clone(reportKey.public()), bytes.Clone(reportKey.public())
	over[0], over[1] = 0xff, 0xff
	clear(low[1184:])
	changed("bundle with an HPKE key of 1,215 bytes", "An HPKE key of suite 1 has 1,216 bytes.", ofHPKE(3, short))
	changed("bundle with a point for an HPKE key", "Roles 3 and 6 are HPKE keys.", ofHPKE(6, logKey.point()))
	changed("bundle with an HPKE key over the modulus", "The coefficients of an ML-KEM key are below 3,329 (FIPS 203, 7.2).", ofHPKE(3, over))
	changed("bundle with an HPKE key of low order", "An X25519 key is not of low order.", ofHPKE(6, low))
	sixtyFive := slices.Clone(keys)
	for len(sixtyFive) < 65 {
		sixtyFive = append(sixtyFive, bundleKey(4, logKey.point(), now-year, now+year))
	}
	changed("bundle with 65 keys", "A bundle lists at most 64 keys.", bundle1.with(9, sixtyFive))
	changed("bundle without a line", "A bank has 1 to 64 lines.", bundle1.with(12, list{}))
	changed("bundle with a line that is not E.164", "A line of the bank is a whole number in E.164.", bundle1.with(12, list{"48221112233"}))
	relays, lines := list{}, list{}
	for len(relays) < 9 {
		relays = append(relays, bundle1[9].value.(list)[0])
	}
	for len(lines) < 65 {
		lines = append(lines, bankLine)
	}
	changed("bundle of nine relays", "A bank has at most eight relays.", bundle1.with(10, relays))
	changed("bundle of 65 lines", "A bank has at most 64 lines.", bundle1.with(12, lines))
	changed("bundle without a relay", "A bank has 1 to 8 relays.", bundle1.with(10, list{}))
	changed("bundle with a relay without TLS", "A relay's address begins with tls://.", bundle1.with(10, list{dict{{1, "tcp://relay.examplebank.com:4222"}, {2, tlsKeyHash}}}))
	relay := func(name, why, address string) {
		changed("bundle with a relay "+name, why, bundle1.with(10, list{dict{{1, address}, {2, tlsKeyHash}}}))
	}
	relay("that is two", "A relay has one address: a comma would begin a second one.", "tls://a,b:443")
	relay("with a space in its host", "A host is a name of DNS or an IP address.", "tls://a b:443")
	relay("with a path", "An address is tls://HOST:PORT and nothing else.", "tls://relay.examplebank.com:4222/")
	relay("with a user", "An address is tls://HOST:PORT and nothing else.", "tls://anna@relay.examplebank.com:4222")
	relay("without a port", "An address has a port.", "tls://relay.examplebank.com")
	relay("at port 0", "A port is 1 to 65535.", "tls://relay.examplebank.com:0")
	relay("at port 65536", "A port is 1 to 65535.", "tls://relay.examplebank.com:65536")
	relay("at a port with a zero before it", "A port has no zero before it.", "tls://relay.examplebank.com:0443")
	relay("with an IPv6 address outside of brackets", "An IPv6 address stands in brackets.", "tls://2001:db8::1:4222")
	relay("with the zone of an IPv6 address", "A zone means something on one machine only.", "tls://[fe80::1%25eth0]:4222")
	relay("in capitals", "An address is in lower case.", "tls://Relay.examplebank.com:4222")
	relay("with a number for a name", "The last label of a name begins with a letter.", "tls://1.2.3.999:4222")
	changed("bundle with suites as an array", "The suites are a byte string, one byte each.", bundle1.with(11, list{1}))
	changed("bundle without suites", "A bank allows at least one suite.", bundle1.with(11, []byte{}))
	changed("bundle with half a version of programs", "The minimum program version has three numbers.", bundle1.with(13, "1.0"))
	changed("bundle with a zero before a number of its version of programs", "A number has no zero before it.", bundle1.with(13, "0.01.0"))
	changed("bundle issued after its expiry", "A bundle is issued before it ends.", bundle1.with(14, now+year+1))
	changed("bundle with a colour over 24 bits", "A colour is 0xRRGGBB.", bundle1.with(4, 0x1000000))
	changed("bundle with a domain in capitals", "A domain is in lower case.", bundle1.with(3, "ExampleBank.com"))
	changed("bundle with a domain of one label", "A domain has at least two labels.", bundle1.with(3, "examplebank"))
	changed("bundle with a domain that begins with a hyphen", "A label has no hyphen at an end.", bundle1.with(3, "-a.com"))
	changed("bundle with a domain label that ends in a hyphen", "A label has no hyphen at an end.", bundle1.with(3, "a-.com"))
	changed("bundle with a domain that ends in a dot", "A domain has no empty label.", bundle1.with(3, "examplebank.com."))
	changed("bundle with a domain in letters of another script", "A label of another script stands as its A-label.", bundle1.with(3, "b\u00e4nk.com"))
	changed("bundle with an A-label that is none", "What begins with xn-- is an A-label (RFC 5891, 5.4).", bundle1.with(3, "xn--a.com"))
	changed("bundle with an invisible letter in its name", "A name holds no invisible characters.", bundle1.with(2, "Example\u200b Bank"))
	changed("bundle with a name that turns the reading direction", "A name holds no control of the reading direction.", bundle1.with(2, "Example \u202eknaB"))
	changed("bundle with a name that is not NFC", "A name is in Unicode's normal form C.", bundle1.with(2, "Exa\u0301mple Bank"))
	changed("bundle with a line in its name", "Other signs stand in no name.", bundle1.with(2, "Example_Bank"))
	changed("bundle with two scripts in a word of its name", "The letters of a word are of one script.", bundle1.with(2, "Ex\u0430mple Bank"))
	changed("bundle with a name in a script that is out of use", "The letters are of scripts in general use.", bundle1.with(2, "\ua4d0\ua4ee\ua4e0\ua4d7"))
	changed("bundle with a name of 41 characters", "A name has 1 to 40 characters.", bundle1.with(2, strings.Repeat("Bank ", 8)+"A"))
	changed("bundle with a space at the end of its name", "A name has no space at an end.", bundle1.with(2, "Example Bank "))
	changed("bundle with an unknown key", "A decoder refuses unknown keys.", bundle1.with(16, 0))
	changed("bundle without its expiry", "A decoder refuses missing keys.", bundle1.without(15))
	changed("bundle with a key twice", "A decoder refuses duplicate keys.", append(slices.Clone(bundle1), pair{15, now + year}))
	changed("bundle with its keys out of order", "Maps are sorted (RFC 8949, 4.2.1).", append(slices.Clone(bundle1[1:]), bundle1[0]))
	changed("bundle with an integer in long form", "Integers are as short as they can be.", bundle1.with(8, long(2)))
	changed("bundle with a float for an integer", "A version is an integer.", bundle1.with(5, raw{0xf9, 0x3c, 0x00}))
	changed("bundle with null for text", "A value is of the type that CP1 says.", bundle1.with(3, raw{0xf6}))
	changed("bundle with a tag", "Tags are refused.", bundle1.with(14, raw(append([]byte{0xc1}, encode(now-30*day)...))))
	changed("bundle with text of indefinite length", "Indefinite lengths are refused.", bundle1.with(3, raw("\x7f\x6fexamplebank.com\xff")))
	changed("bundle with text that is not UTF-8", "Text is valid UTF-8.", bundle1.with(3, raw("\x63a\xffb")))
	refused(ending.Forged, "bundle of other roots under the bank's id", "The id of a bank is made of the roots of its version 1: nobody can take another's.",
		signBundle(bundle1.with(7, points(root1, root2, root4)), root1, root2), rootsHash(2, root1, root2, root4))
	refused(ending.Forged, "later version in the first one's place", "Only version 1 proves the bank's id.", signed2, roots2)
	changed("bundle with a bank id of 15 bytes", "A bank id has 16 bytes.", bundle1.with(1, bankID[:15]))
	return out
}

func invalidChains() (out []vectors.Invalid) {
	pinned := func(name, why string, change to) {
		out = append(out, invalid("pinned bundle", ending.Forged, name, why, change))
	}
	fork := signBundle(bundle1.with(3, "example-bank.com"), root1, root2)
	other := signBundle(bundle1.with(1, otherBankID), root1, root2)
	pinned("another bundle of the pinned version", "The stored bundle has exactly the pinned hash.", to{"signed": Hex(fork)})
	pinned("a later bundle in the pinned one's place", "The stored bundle has exactly the pinned version.", to{"signed": Hex(signed2)})
	pinned("another bank's bundle", "The stored bundle is of the pinned bank.", to{"signed": Hex(other), "anchor": to{"hash": Hex(hash("CP1 bundle", encode(bundle1.with(1, otherBankID))))}})
	pinned("pinned bundle signed by one root", "The stored bundle is signed by the pinned threshold of the pinned roots, every time.", to{"signed": Hex(signBundle(bundle1, root2))})
	pinned("pinned bundle against other roots", "The pinned roots count, not those that a bundle lists.",
		to{"anchor": to{"roots": []Hex{root1.point(), root4.point(), strangerKey.point()}}})
	pinned("pinned threshold of 0", "No bundle is good without a root: a pin's threshold is at least 1.", to{"anchor": to{"threshold": 0, "roots": []Hex{root3.point(), root1.point(), root2.point()}}})
	pinned("pinned threshold over its roots", "A pin's threshold is at most the number of its roots.", to{"anchor": to{"threshold": 4}})
	pinned("pin without roots", "A pin has 1 to 8 roots.", to{"anchor": to{"roots": []Hex{}, "threshold": 0}})
	pinned("pin with a root twice", "The roots of a pin are distinct: one of them must not count as two.", to{"anchor": to{"roots": []Hex{root1.point(), root2.point(), root2.point()}}})
	out = append(out, invalid("pinned later bundle", ending.Forged, "an older bundle than the pinned one", "There is no way back to an older version.", to{"signed": Hex(signed1)}))

	chain := func(reason ending.Reason, name, why string, chain ...[]byte) {
		var all []Hex
		for _, c := range chain {
			all = append(all, c)
		}
		out = append(out, invalid("rotation", reason, name, why, to{"chain": all}))
	}
	chain(ending.Forged, "rotation without enough of the old roots", "A later version is signed by the threshold of the roots before it.", signBundle(bundle2, root2, root4))
	chain(ending.Forged, "rotation without enough of the new roots", "A later version is signed by its own threshold of its own roots.", signBundle(bundle2, root1, root2))
	chain(ending.Forged, "rotation that names another bundle before it", "A later version names the hash of the one before.", signBundle(bundle2.with(6, fixed("previous", 32)), root1, root2, root4))
	chain(ending.Forged, "rotation that leaves a version out", "Versions follow each other.", signBundle(bundle3, root1, root2, root3, root4))
	chain(ending.Forged, "rotation twice to the same version", "Versions follow each other.", signed2, signed2)
	chain(ending.Forged, "rotation back to the pinned version", "Versions follow each other.", signed1)
	chain(ending.Forged, "rotation to another bank", "A bank's id never changes.", signBundle(bundle2.with(1, otherBankID), root1, root2, root4))
	chain(ending.Forged, "rotation with a bad bundle at its end", "All later bundles are good, or none counts.", signed2, signBundle(bundle3, root2))
	var tooMany [][]byte
	for previous := bundle1; len(tooMany) < 65; {
		next := previous.with(5, len(tooMany)+2).with(6, hash("CP1 bundle", encode(previous))).with(9, list{})
		tooMany, previous = append(tooMany, signBundle(next, root1, root2)), next
	}
	chain(ending.Forged, "rotation over 65 bundles", "At most 64 bundles are followed at once.", tooMany...)
	chain(ending.Expired, "rotation to a bundle past its expiry", "Bundles on the way may have expired, the newest must not.", signBundle(bundle2.with(15, now-1), root1, root2, root4))
	return append(out, invalidLineages()...)
}

// invalidLineages are what a stranger, or a bank gone apart, brings to an
// enrolment.
func invalidLineages() (out []vectors.Invalid) {
	hexes := func(all [][]byte) []Hex {
		var out []Hex
		for _, one := range all {
			out = append(out, one)
		}
		return out
	}
	lineage := func(reason ending.Reason, name, why string, all ...[]byte) {
		out = append(out, invalid("lineage", reason, name, why, to{"lineage": hexes(all)}))
	}
	// A stranger takes the bank's id, name and domain, under roots of its own.
	own := points(strangerKey, otherAgent)
	taken1 := signBundle(bundle1.with(7, own), strangerKey, otherAgent)
	taken2 := signBundle(bundle2.with(7, own), strangerKey, otherAgent)
	ownRoots := Hex(rootsHash(2, strangerKey, otherAgent))
	out = append(out,
		invalid("lineage", ending.Forged, "lineage of a stranger who takes the bank's id", "The id is made of the first roots.", to{"lineage": []Hex{taken1}, "roots_hash": ownRoots}),
		invalid("lineage", ending.Forged, "lineage that goes on with a stranger's roots", "The roots before sign other roots.", to{"lineage": []Hex{signed1, taken2}, "roots_hash": ownRoots}),
		invalid("lineage", ending.Forged, "lineage without the roots that are vouched for", "One of the bundles has the roots that the ticket or the words vouch for.", to{"roots_hash": ownRoots}))
	lineage(ending.Forged, "lineage of nothing", "There is a version 1.")
	lineage(ending.Forged, "lineage without version 1", "It begins with version 1, which proves the id.", signed2, signed4)
	lineage(ending.Forged, "lineage that leaves other roots out", "Each bundle is signed by the roots of the one before it.", signed1, signBundle(bundle4, root3, root4))
	lineage(ending.Forged, "lineage out of order", "Versions grow.", signed1, signed4, signed2)
	lineage(ending.Forged, "lineage with a version twice", "Versions grow.", signed1, signed2, signed2)
	lineage(ending.Forged, "lineage apart from the version before", "A bundle right after another names its hash.", signed1, signBundle(bundle2.with(6, hash3), root1, root2, root4))
	lineage(ending.Forged, "lineage to another bank", "A bank's id never changes.", signed1, signBundle(bundle2.with(1, otherBankID), root1, root2, root4))
	lineage(ending.Forged, "lineage whose newest is signed by one root", "Every bundle is signed by its own threshold.", signed1, signed2, signBundle(bundle4, root3))
	lineage(ending.Forged, "lineage whose version 1 is signed by one root", "Every bundle is signed by its own threshold.", signBundle(bundle1, root2), signed2, signed4)
	lineage(ending.Expired, "lineage to a bundle past its expiry", "The newest bundle must not have expired.", signed1, signed2, signBundle(bundle4.with(15, now-1), root3, root4))

	pinned := func(of, name, why string, all ...[]byte) {
		out = append(out, invalid(of, ending.Forged, name, why, to{"lineage": hexes(all)}))
	}
	fork4 := signBundle(bundle4.with(3, "example-bank.com"), root3, root4)
	pinned("lineage to the pinned bundle", "lineage to another bundle of the pinned version", "The pinned bundle, or what descends from it, and nothing else.", signed1, signed2, fork4)
	pinned("lineage to the pinned bundle", "lineage to an older bundle than the pinned one", "There is no way back to an older version.", signed1, signed2)
	pinned("lineage from a pin of version 2", "lineage that forked before the pin", "The pinned version has the pinned hash.",
		signed1, signBundle(bundle2.with(3, "example-bank.com"), root1, root2, root4), signed4)
	out = append(out,
		invalid("lineage from a pin of version 1", ending.Forged, "lineage that the pinned roots did not sign", "What follows the pin is signed by the pinned roots.",
			to{"anchor": to{"roots": []Hex{root3.point(), root4.point(), strangerKey.point()}}}),
		invalid("lineage to the pinned bundle", ending.Forged, "lineage of another bank than the pinned one", "A pin is of one bank.", to{"anchor": to{"bank_id": Hex(otherBankID)}}))
	return out
}

func invalidContents() (out []vectors.Invalid) {
	add := func(name, why string, signed []byte) {
		out = append(out, invalid("bank's words", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	changed := func(name, why string, content dict) {
		add(name, why, contentKey.sign("CP1 content", encode(content)))
	}
	add("content signed by the issuer", "A content key signs it, whatever key the bundle lists besides.", issuer.sign("CP1 content", encode(content1.with(3, issuer.id()))))
	add("content by a key that the bundle does not list", "The key is one of the bundle's.", strangerKey.sign("CP1 content", encode(content1.with(3, strangerKey.id()))))
	changed("content of another bank", "It names the bank.", content1.with(1, otherBankID))
	changed("content with an unknown purpose", "The purposes are 1 to 6.", content1.with(5, list{dict{{1, 7}, {2, dict{{"en", "Something else"}}}}}))
	changed("content with a sentence of two lines", "A sentence is one printable line.", content1.with(5, list{dict{{1, 1}, {2, dict{{"en", "About\nmoney"}}}}}))
	changed("content that steers a terminal", "A sentence is one printable line.", content1.with(6, dict{{"en", list{"\x1b[2Jsend money"}}}))
	says := func(sentence string) dict {
		return content1.with(5, list{dict{{1, 1}, {2, dict{{"en", sentence}}}}})
	}
	changed("content with a tick", "A sentence has no symbols of category So.", says("✓ This screen is connected to Northgate Bank."))
	changed("content with a triangle inside", "A sentence has no symbols of category So.", says("About money. ▲ Not fully checked"))
	changed("content with a tick in what is never asked", "A sentence has no symbols of category So.", content1.with(6, dict{{"en", list{"✔ tell us your PIN"}}}))
	changed("content with two spaces in a row", "A sentence has no two spaces in a row.", says("About money.  This screen is connected to Northgate Bank."))
	changed("content with a letter that shows as nothing", "A sentence has nothing that shows as nothing.", says("About money.\u3164This screen is connected to Northgate Bank."))
	changed("content with 9 sentences of what is never asked", "A language has at most 8 of them.", content1.with(6, dict{{"en", sentences(9)}}))
	changed("content that never asks in 17 languages", "It has at most 16 languages.", content1.with(6, inLanguages(17, sentences(1))))
	changed("content with a purpose in 17 languages", "A purpose has at most 16 languages.", content1.with(5, list{dict{{1, 1}, {2, inLanguages(17, "About a card payment")}}}))
	purposes := list{}
	for range 257 {
		purposes = append(purposes, dict{{1, 1}, {2, dict{{"en", "About money"}}}})
	}
	changed("content with an array of 257 elements", "An array has at most 256 elements.", content1.with(5, purposes))
	changed("content with a map of 257 pairs", "A map has at most 256 pairs.", content1.with(6, inLanguages(257, list{})))
	changed("content from before its key", "The key was valid when the content was issued.", content1.with(4, now-year-1))
	return out
}

func invalidCredentials() (out []vectors.Invalid) {
	add := func(name, why string, signed []byte) {
		out = append(out, invalid("agent credential", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	changed := func(name, why string, credential dict) {
		add(name, why, issuer.sign("CP1 cred", encode(credential)))
	}
	add("credential by a stranger under the issuer's id", "A key id selects a key and proves nothing.", strangerKey.sign("CP1 cred", encode(credential1)))
	add("credential signed by the status key", "Only an issuer signs credentials.", statusKey.sign("CP1 cred", encode(credential1.with(1, statusKey.id()))))
	add("credential signed under the device's label", "Each object has its own label.", issuer.sign("CP1 device", encode(credential1)))
	add("device credential in an agent's place", "Each object has its own label and map.", signedDevice)
	changed("credential of an unknown issuer", "The issuer is one that the bundle lists.", credential1.with(1, nextIssuer.id()))
	changed("credential for more than 8 hours", "An agent credential lasts at most 8 hours.", credential1.with(7, shiftBegan+8*3600+1))
	changed("credential that ends before it begins", "A validity is a span of time.", credential1.with(7, shiftBegan))
	changed("credential from before its issuer", "The issuer key was valid at the credential's not before.", credential1.with(6, now-year-1).with(7, now-year+1))
	changed("credential without purposes", "An agent calls for at least one purpose.", credential1.with(10, []byte{}))
	changed("credential with an unknown purpose", "The purposes are 1 to 6.", credential1.with(10, []byte{1, 7}))
	changed("credential with purposes as an array", "The purposes are a byte string, one byte each.", credential1.with(10, list{1, 2}))
	changed("credential with a point of the wrong form", "A point is compressed, 33 bytes.", credential1.with(9, must(agentKey.key.PublicKey.Bytes())))
	changed("credential with a point off the curve", "A point is on the curve.", credential1.with(9, append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)))
	changed("credential with a line in the name", "Other signs stand in no name.", credential1.with(3, "Anna_Nowak"))
	changed("credential without a department", "A name has 1 to 40 characters.", credential1.with(5, ""))
	changed("credential with a line break in the role", "A name holds letters, marks, spaces and ' - . only.", credential1.with(4, "Fraud\nspecialist"))
	changed("credential with a blank name", "A name has a letter that shows.", credential1.with(3, "\u3164"))
	changed("credential with an id of 17 bytes", "A credential id has 16 bytes.", credential1.with(8, append(bytes.Clone(credentialID), 0)))
	changed("credential over 4,096 bytes", "An object has at most 4,096 bytes.", credential1.with(5, strings.Repeat("A", 4096)))
	return out
}

func invalidDevices() (out []vectors.Invalid) {
	add := func(name, why string, signed []byte) {
		out = append(out, invalid("device credential", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	changed := func(name, why string, device dict) {
		add(name, why, issuer.sign("CP1 device", encode(device)))
	}
	seventeen := list{}
	for range 17 {
		seventeen = append(seventeen, customerLine)
	}
	add("device credential signed by an agent", "Only an issuer signs credentials.", agentKey.sign("CP1 device", encode(device1)))
	changed("device credential with a line of three digits", "A line is four digits.", device1.with(7, list{"678"}))
	changed("device credential with a whole number for a line", "A line is four digits.", device1.with(7, list{"+48601236789"}))
	changed("device credential with 17 lines", "A customer has at most 16 lines.", device1.with(7, seventeen))
	changed("device credential that ends before it begins", "A validity is a span of time.", device1.with(6, now-day))
	changed("device credential with a pseudonym of 8 bytes", "A pseudonym has 16 bytes.", device1.with(3, pseudonym[:8]))
	changed("device credential without its enrolment", "It says when the device was enrolled.", device1.without(8))
	changed("device credential from before its enrolment", "The device was enrolled first.", device1.with(8, now-day+1))
	changed("device credential for more than 5 years", "It ends at most 5 years of 365 days after the enrolment.", device1.with(6, now+4*year+1))
	return append(out, invalidRenewals()...)
}

func invalidRenewals() (out []vectors.Invalid) {
	add := func(name, why string, change to) {
		out = append(out, invalid("renewed device credential", ending.Forged, name, why, change))
	}
	changed := func(name, why string, device dict) {
		add(name, why, to{"signed": Hex(issuer.sign("CP1 device", encode(device)))})
	}
	changed("renewed credential of another device", "A fresh credential keeps the credential id.", renewed1.with(2, credentialID))
	changed("renewed credential of another customer", "A fresh credential keeps the pseudonym.", renewed1.with(3, otherPseudonym))
	changed("renewed credential of another key", "A fresh credential keeps the public key.", renewed1.with(4, otherDevice.point()))
	changed("renewed credential with a later enrolment", "A fresh credential keeps the time of enrolment.", renewed1.with(8, now-year+1))
	changed("renewed credential from over 60 seconds before", "It was made within 60 seconds of the question.", renewed1.with(5, now-1))
	changed("renewed credential from over 60 seconds after", "It was made within 60 seconds of the question.", renewed1.with(5, now+121))
	add("renewed credential that is older than the own one", "A fresh credential is not older than the own one.", to{"own": Hex(issuer.sign("CP1 device", encode(device1.with(5, now+1))))})
	add("renewed credential by a stranger", "An issuer of the newest bundle signs it.", to{"signed": Hex(strangerKey.sign("CP1 device", encode(renewed1)))})
	add("own credential in its renewal's place", "It was made within 60 seconds of the question.", to{"signed": Hex(signedDevice)})

	asks := func(name, why string, signed []byte) {
		out = append(out, invalid("renewal", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	asks("renewal signed by another device", "The device of the credential signs it.", otherDevice.sign("CP1 renew", encode(renewal1)))
	asks("renewal signed as a reply", "Each object has its own label.", deviceKey.sign("CP1 reply", encode(renewal1)))
	asks("renewal without a connection", "A decoder refuses missing keys.", signRenewal(renewal1.without(2)))
	asks("renewal with a short credential id", "A credential id has 16 bytes.", signRenewal(renewal1.with(1, deviceID[:15])))
	return out
}

func invalidStaples() (out []vectors.Invalid) {
	add := func(reason ending.Reason, name, why string, signed []byte) {
		out = append(out, invalid("good staple", reason, name, why, to{"signed": Hex(signed)}))
	}
	by := func(key signer, s dict) []byte { return key.sign("CP1 status", encode(s)) }
	changed := bytes.Replace(bytes.Clone(goodStaple), []byte{0x03, 0xf5, 0x04}, []byte{0x03, 0xf4, 0x04}, 1)
	add(ending.Revoked, "staple that says revoked", "The credential is not good.", by(statusKey, staple(credentialID, false, now-120)))
	add(ending.Revoked, "old staple that says revoked", "What is revoked stays so.", by(statusKey, staple(credentialID, false, now-day)))
	add(ending.StatusStale, "no staple", "Nobody says that the credential is good.", []byte{})
	add(ending.StatusStale, "staple over 30 minutes old", "A staple counts for 30 minutes.", by(statusKey, staple(credentialID, true, now-30*60-1)))
	add(ending.StatusStale, "staple from the future", "60 seconds of skew are tolerated.", by(statusKey, staple(credentialID, true, now+61)))
	add(ending.StatusStale, "staple of another credential", "It says nothing of this one.", by(statusKey, staple(deviceID, true, now-120)))
	add(ending.Forged, "staple turned to revoked by somebody else", "A staple that does not verify is forged.", changed)
	add(ending.Forged, "staple signed by the issuer", "Only a status key signs staples.", by(issuer, staple(credentialID, true, now-120).with(1, issuer.id())))
	add(ending.Forged, "staple signed as a call ticket", "Each object has its own label.", statusKey.sign("CP1 ticket", encode(staple(credentialID, true, now-120))))
	add(ending.Forged, "staple with a number for good", "good is a bool.", by(statusKey, staple(credentialID, true, now-120).with(3, 1)))
	return out
}

func invalidOffers() (out []vectors.Invalid) {
	core := bankCalls.core
	add := func(name, why string, signed []byte) {
		out = append(out, invalid("offer: bank called", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	changed := func(name, why string, core dict) {
		add(name, why, agentKey.sign("CP1 offer", encode(core)))
	}
	add("offer signed by another agent", "The agent key of the credential signs it.", otherAgent.sign("CP1 offer", encode(core)))
	add("offer signed as a frame", "Each object has its own label.", agentKey.sign("CP1 frame", encode(core)))
	changed("offer without a direction", "There is no default direction.", core.with(4, 0))
	changed("offer with a third direction", "There are two directions.", core.with(4, 3))
	changed("offer with an unknown purpose", "The purposes are 1 to 6.", core.with(5, 7))
	changed("offer with a line of five digits", "A line is four digits.", core.with(6, "56789"))
	changed("offer with a line in other digits", "Only the digits 0 to 9 of ASCII count.", core.with(6, "\u0666\u0667\u0668\u0669"))
	changed("offer with an empty reference", "A reference that is not there is left out.", core.with(7, []byte{}))
	changed("offer with a reference of 32 bytes", "A reference has 16 bytes.", core.with(7, hash("CP1 ref", bankCalls.callID, pseudonym)))
	changed("offer that says its expiry", "An offer lasts 300 seconds, always: no key says so.", core.with(10, start+300))
	changed("offer without the hash of its keys", "A decoder refuses missing keys.", core.without(9))
	changed("offer with a negative start", "An offer starts at 1 or later.", core.with(3, -1))
	changed("offer with a start beyond all times", "An offer starts at 2^40 at the latest.", core.with(3, 1<<40+1))
	changed("offer with a call id of 15 bytes", "A call id has 16 bytes.", core.with(2, bankCalls.callID[:15]))
	changed("offer with a whole credential hash", "The credential is named by 16 bytes.", core.with(1, hash("CP1 cred", encode(credential1))))
	return out
}

func invalidTexts() (out []vectors.Invalid) {
	good := bankCalls.text(frameTime)
	add := func(name, why, text string) {
		out = append(out, invalid("QR text: bank called", ending.NotACode, name, why, to{"text": text}))
	}
	inside := func(name, why string, frame list) { add(name, why, "CP1:"+base45(encode(frame))) }
	signature := agentKey.es256("CP1 frame", protectedES256, encode(list{bankCalls.payload(), frameTime}))
	ofIssuer := signedCredential[len(signedCredential)-64:]
	add("no QR text", "The text begins with CP1:.", "")
	add("QR text with a prefix in small letters", "The text begins with CP1:, in capitals.", "cp1:"+good[4:])
	add("QR text with an en dash for a hyphen", "Inside the text only spaces are folded.", "CP1:\u2013"+good[5:])
	add("QR text of another version", "The text begins with CP1:.", "CP2:"+good[4:])
	add("QR code of a web page", "The text begins with CP1:.", "HTTPS://EXAMPLEBANK.COM/CP1")
	add("QR text with a small letter", "Base45 has capitals only.", good[:len(good)-4]+"a"+good[len(good)-3:])
	add("QR text of 3n+1 digits", "Base45 never has one digit left over (RFC 9285, 4.2).", "CP1:"+base45(make([]byte, 99))[:148])
	add("QR text with three digits over 65,535", "Three digits of base45 are at most FGW (RFC 9285, 4.2).", "CP1:"+overflowing(good[4:]))
	whole := encode(list{bankCalls.payload(), frameTime, signature, encode(credential1), ofIssuer})
	add("QR text of 8,593 characters", "A text has at most 8,592 characters as pasted.", good+strings.Repeat("\n", 8593-len(good)))
	add("QR text that is cut off", "The frame is not whole.", "CP1:"+base45(whole[:len(whole)-10]))
	add("QR text with a byte behind the frame", "Nothing may follow an object.", "CP1:"+base45(append(whole, 0)))
	inside("QR text of four elements", "A frame has five elements.", list{bankCalls.payload(), frameTime, signature, encode(credential1)})
	inside("QR text with whole signed objects", "A frame holds payloads and signatures, not COSE_Sign1.", list{agentKey.sign("CP1 frame", encode(list{bankCalls.payload(), frameTime})), signedCredential})
	inside("QR text with a short signature", "A signature has 64 bytes.", list{bankCalls.payload(), frameTime, signature[:63], encode(credential1), ofIssuer})
	inside("QR text with its time in long form", "Integers are as short as they can be.", list{bankCalls.payload(), raw{0x1b, 0, 0, 0, 0, 0x6a, 0xb1, 0x3b, 0x7b}, signature, encode(credential1), ofIssuer})
	inside("QR text of over 2,048 bytes", "A frame has at most 2,048 bytes.", list{bankCalls.payload(), frameTime, signature, make([]byte, 2048), ofIssuer})
	return out
}

// overflowing is base45 with the first three digits that can be replaced by
// ones worth 65,536 more: who drops the carry reads the same bytes.
func overflowing(text string) string {
	for i := 0; ; i += 3 {
		n := 65536
		for j, weight := range []int{1, 45, 45 * 45} {
			n += weight * strings.IndexByte(base45Digits, text[i+j])
		}
		if n < 45*45*45 {
			return text[:i] + string([]byte{base45Digits[n%45], base45Digits[n/45%45], base45Digits[n/45/45]}) + text[i+3:]
		}
	}
}

func invalidFrames() (out []vectors.Invalid) {
	add := func(name, why, text string) {
		out = append(out, invalid("frame: bank called", ending.Forged, name, why, to{"text": text}))
	}
	core := bankCalls.core
	frame := func(core dict, at int, key signer, label string, signedTime int) string {
		return frameText(encode(core), at, key.es256(label, protectedES256, encode(list{encode(core), signedTime})), credential1, signedCredential)
	}
	add("frame signed by another agent", "The agent key of the credential signs it.", frame(core, frameTime, otherAgent, "CP1 frame", frameTime))
	add("frame with another time than the signed one", "The time is signed with the core.", frame(core, frameTime+10, agentKey, "CP1 frame", frameTime))
	add("frame signed as an offer", "Each object has its own label.", frame(core, frameTime, agentKey, "CP1 offer", frameTime))
	add("frame with the signature of the core alone", "A frame has a signature of its own.",
		frameText(encode(core), frameTime, agentKey.es256("CP1 offer", protectedES256, encode(core)), credential1, signedCredential))
	add("frame of an offer with a third direction", "A core in a frame keeps the rules of a core.", frame(core.with(4, 3), frameTime, agentKey, "CP1 frame", frameTime))
	return out
}
