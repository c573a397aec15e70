// This file makes the invalid inputs of a call: verdicts, tokens and tickets,
// messages, reports, enrolments, and everything from the reply to the last
// record. Each has one fault, as in the file before.

package vectors_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/ending"
)

// of is an offer like another but for its core.
func (m made) of(core dict) made {
	m.core = core
	return m
}

func invalidVerdicts() (out []vectors.Invalid) {
	add := func(of string, reason ending.Reason, name, why string, change to) {
		out = append(out, invalid(of, reason, name, why, change))
	}
	byCode := func(reason ending.Reason, name, why string, change to) {
		add("verdict by code", reason, name, why, change)
	}
	byQR := func(reason ending.Reason, name, why string, change to) {
		add("verdict by QR", reason, name, why, change)
	}
	// changed is an offer that differs in its core, its code and signature as they must be then.
	changed := func(reason ending.Reason, name, why string, core dict) {
		m := bankCalls.of(core)
		byCode(reason, name, why, to{"code": m.code(), "served": to{"core": Hex(m.signed())}})
	}
	core := bankCalls.core
	fresh := func(issuedAt int) Hex {
		return statusKey.sign("CP1 status", encode(staple(credentialID, true, issuedAt)))
	}

	byCode(ending.UnknownBank, "verdict without a pin", "The keyring knows no such bank; nothing else can be said.", to{"anchor": nil})
	byCode(ending.ServerDown, "verdict of a code without a relay", "A code alone cannot be checked without the network.", to{"served": nil})
	byCode(ending.WrongCheckDigit, "verdict of a code typed wrong", "Nothing is sent and nothing is checked.", to{"code": withOtherDigit(bankCalls.code())})
	byCode(ending.NotACode, "verdict of neither code nor frame", "There is one of the two.", to{"code": ""})
	byCode(ending.NotACode, "verdict of a code and a frame", "There is one of the two.", to{"qr_text": bankCalls.text(frameTime)})
	byCode(ending.Expired, "verdict with a bundle past its expiry", "The newest bundle must not have expired.", to{
		"bundle": Hex(signBundle(bundleOver, root1, root2)), "anchor": to{"hash": Hex(hash("CP1 bundle", encode(bundleOver)))},
		"served": to{"bundle_hash": Hex(hash("CP1 bundle", encode(bundleOver)))}})
	byCode(ending.NotACode, "verdict of no code", "A code has nine digits.", to{"code": "12345"})
	byCode(ending.Forged, "verdict of another offer's code", "The code derives from the offer that is served.", to{"code": toGuest.code()})
	byCode(ending.Forged, "verdict of another agent's offer", "The agent key of the credential signs the core.", to{"served": to{"core": Hex(otherAgent.sign("CP1 offer", bankCalls.payload()))}})
	byCode(ending.Forged, "verdict with another credential", "The core names its credential by hash.", to{"served": to{"credential": Hex(issuer.sign("CP1 cred", encode(credential1.with(4, "Supervisor"))))}})
	byCode(ending.Forged, "verdict with a credential by a stranger", "The credential is signed by an issuer of the bundle.", to{"served": to{"credential": Hex(strangerKey.sign("CP1 cred", encode(credential1)))}})
	byCode(ending.Forged, "verdict with another pkA", "The core holds the hash of pkA and CA.", to{"served": to{"pk_a": Hex(guestKey.public())}})
	sealedTo := func(name, why string, public []byte) {
		m := bankCalls.of(core.with(9, hash("CP1 keys", bankID, public, bankCalls.ca)))
		byCode(ending.Forged, name, why, to{"code": m.code(), "served": to{"core": Hex(m.signed()), "pk_a": Hex(public)}})
	}
	tooLarge, low := bytes.Clone(offerKey.public()), bytes.Clone(offerKey.public())
	tooLarge[0], tooLarge[1] = 0xff, 0xff
	clear(low[1184:])
	sealedTo("verdict with a pkA of 1,215 bytes", "An HPKE key of suite 1 has 1,216 bytes, whoever signed for it.", offerKey.public()[:1215])
	sealedTo("verdict with a pkA over the modulus", "The coefficients of an ML-KEM key are below 3,329 (FIPS 203, 7.2).", tooLarge)
	sealedTo("verdict with a pkA of low order", "With such an X25519 key everybody agrees on zero.", low)
	byCode(ending.Forged, "verdict with another commitment", "The core holds the hash of pkA and CA.", to{"served": to{"ca": Hex(fixed("another commitment", 32))}})
	byCode(ending.Forged, "verdict with a server that has gone back", "A server whose newest bundle is older than the pinned one is refused.", to{"served": to{"bundle_version": 0}})
	byCode(ending.Forged, "verdict with a server that has gone apart", "A server whose newest bundle has another hash is refused.", to{"served": to{"bundle_hash": Hex(hash2)}})
	byCode(ending.Forged, "verdict with a later bundle that is not announced", "What the server serves is what it stands by.", to{"served": to{"bundles": []Hex{signed2}}})
	byCode(ending.Forged, "verdict with content no newer than its own", "A server serves content only when it is newer.", to{"served": to{"content": Hex(signedContent)}})
	byCode(ending.Forged, "verdict with content by a stranger", "A content key of the bundle signs it.", to{"served": to{"content": Hex(strangerKey.sign("CP1 content", encode(content2)))}})
	byCode(ending.Forged, "verdict with a changed bundle on disk", "The stored bundle is checked against the pin every time.", to{"bundle": Hex(signBundle(bundle1.with(12, list{"+48229999999"}), root1, root2))})
	changed(ending.Forged, "verdict of a purpose that the credential does not allow", "The issuer says for what an agent may call.", core.with(5, 3))
	changed(ending.Unsupported, "verdict of an offer of suite 2", "The suite is 1 and in the bundle's list.", core.with(8, 2))
	changed(ending.Forged, "verdict of an offer at another bank", "The hash of the keys holds the bank's id: an offer counts at the bank that its agent meant.", core.with(9, hash("CP1 keys", otherBankID, offerKey.public(), bankCalls.ca)))
	changed(ending.NotForYou, "verdict of another customer's offer", "The reference is of another pseudonym.", core.with(7, hash("CP1 ref", bankCalls.callID, otherPseudonym)[:16]))
	changed(ending.WrongNumber, "verdict of a call to a strange number", "A call by the bank is on one of the customer's own lines.", core.with(6, "9999"))
	byCode(ending.Expired, "verdict of an offer that outlives its credential", "The agent is vouched for during the whole offer.",
		to{"code": outlives.code(), "served": to{"core": Hex(outlives.signed()), "credential": Hex(issuer.sign("CP1 cred", encode(endsEarly)))}})
	byCode(ending.Unsupported, "verdict by a program that is too old", "The bundle names the oldest program allowed.", to{"program_version": "0.0.9"})
	byCode(ending.Unsupported, "verdict by a program whose version has more than numbers", "A version is three numbers; what is none is too old.", to{"program_version": "1.0.0-beta"})
	ten := bundle1.with(13, "0.10.0")
	byCode(ending.Unsupported, "verdict by a program that is too old by its number, not by its letters", "Versions are compared number by number.", to{
		"program_version": "0.9.0", "bundle": Hex(signBundle(ten, root1, root2)), "anchor": to{"hash": Hex(hash("CP1 bundle", encode(ten)))},
		"served": to{"bundle_hash": Hex(hash("CP1 bundle", encode(ten)))}})
	byCode(ending.Unsupported, "verdict by a program that claims no version", "What is no version is too old.", to{"program_version": ""})
	byCode(ending.Revoked, "verdict of a revoked agent", "The staple says that the credential is not good.", to{"served": to{"staple": Hex(statusKey.sign("CP1 status", encode(staple(credentialID, false, now-120))))}})
	byCode(ending.StatusStale, "verdict without a staple", "Nobody says that the credential is good: amber, never green.", to{"served": to{"staple": Hex{}}})
	byCode(ending.StatusStale, "verdict with an old staple", "A staple counts for 30 minutes.", to{"served": to{"staple": fresh(now - 1801)}})
	byCode(ending.Forged, "verdict with a forged staple", "A staple that does not verify is an attack, not a gap.", to{"served": to{"staple": Hex(strangerKey.sign("CP1 status", encode(staple(credentialID, true, now-120))))}})
	byCode(ending.WrongClock, "verdict by a clock that is late", "The relay serves as live what this clock calls past: the clock is wrong.", to{"now": start + 361, "served": to{"staple": fresh(start + 300)}})
	byCode(ending.WrongClock, "verdict by a clock that is early", "The offer has not begun by this clock, beyond 60 seconds of skew.", to{"now": start - 61, "served": to{"staple": fresh(start - 120)}})
	byCode(ending.NameClash, "verdict of an agent whose team names another bank", "What a bank says of its agent names no other bank that is known.", to{"others": []other{{"Northern Trust", "northern.example"}, {strings.ToUpper(department), ""}}})
	byCode(ending.NameClash, "verdict of an agent who is called like another bank", "What a bank says of its agent names no other bank that is known.", to{"others": []other{{agentName, ""}}})
	byCode(ending.NameClash, "verdict of an agent whose name, role and team name another bank in a row", "They stand in a row on the screen.", to{"others": []other{{"Lis " + role + " Card", ""}}})
	byCode(ending.NameClash, "verdict of a bank that took a name which another one claims", "Which of the two it belongs to nobody can tell: amber.", to{"taken": []other{{"Northern Trust", ""}}, "claimed": []other{{"Southern Cross", "southern.example"}, {"N0RTHERN TRUST", "northern.example"}}})
	byCode(ending.NameClash, "verdict of a bank that took a domain which another one claims", "Domains are compared as names are.", to{"taken": []other{{"Southern Trust", "northern.example"}}, "claimed": []other{{"Southern Cross", "help.northern.example"}}})
	byCode(ending.WrongDirection, "verdict of a customer who dialled", "The bank says that it called.", to{"how": 2, "dialled": bankLine})
	byCode(ending.NotSure, "verdict of a customer who does not know", "Without knowing how the call began nothing is green.", to{"how": 3})
	add("verdict of a guest", ending.OnHold, "verdict of a guest during a hold", "During a hold only a call to a number on file may start; a guest has none.", to{"hold_until": now + 60})
	byCode(ending.Superseded, "verdict of an offer that was replaced", "The relay's word ends an offer.", to{"served": nil, "refused": "superseded"})
	byCode(ending.UsedCode, "verdict of a code that was used", "The relay's word ends an offer.", to{"served": nil, "refused": "used_code"})
	byCode(ending.UnknownCode, "verdict of a code that nobody made", "The relay knows no such offer.", to{"served": nil, "refused": "unknown_code"})
	byCode(ending.Unsupported, "verdict with a relay that says completed", "Only the other side's key can say that a call was completed.", to{"served": nil, "refused": "completed"})
	byCode(ending.Unsupported, "verdict with a relay that says amber", "A relay cannot say that something is merely unknown.", to{"served": nil, "refused": "status_stale"})
	byQR(ending.Forged, "verdict of a frame beside another offer", "The served core is the frame's.", to{"served": to{"core": Hex(toGuest.signed()), "pk_a": Hex(guestKey.public()), "ca": Hex(toGuest.ca)}})
	byQR(ending.Forged, "verdict of a frame signed by a stranger", "The agent key of the credential signs the frame.",
		to{"qr_text": frameText(bankCalls.payload(), frameTime, strangerKey.es256("CP1 frame", protectedES256, encode(list{bankCalls.payload(), frameTime})), credential1, signedCredential)})
	byQR(ending.NotACode, "verdict of a QR code of something else", "The text begins with CP1:.", to{"qr_text": "WIFI:S:EXAMPLE;;"})
	holding := func(reason ending.Reason, name, why string, device dict, renewal ending.Reason) {
		change := to{"credential": Hex(issuer.sign("CP1 device", encode(device)))}
		if renewal != "" {
			change["renewal"] = renewal
		}
		byCode(reason, name, why, to{"own": change})
	}
	holding(ending.Revoked, "verdict with an own credential that is over", "An own credential has an end.", over, "")
	holding(ending.ServerDown, "verdict with an own credential that is over, and no fresh one", "A question that was not answered is no answer.", over, ending.ServerDown)
	holding(ending.Revoked, "verdict with an own credential that the authority does not renew", "The authority says that the device does not count any more.", device1, ending.Revoked)
	holding(ending.Forged, "verdict with another credential in the place of the own one's renewal", "What came in its place does not hold.", device1, ending.Forged)
	holding(ending.LineLost, "verdict of a call to a number that the own credential does not list, and no fresh one", "A question that was not answered is no answer.", elsewhere, ending.LineLost)
	holding(ending.Unsupported, "verdict of a call to such a number, and a refusal that is none", "A relay cannot say that something is merely unknown.", elsewhere, ending.Guest)
	byCode(ending.Revoked, "verdict with an own credential by a stranger", "An issuer of the newest bundle signs the own credential.", to{"own": to{"credential": Hex(strangerKey.sign("CP1 device", encode(device1)))}})
	offline := func(reason ending.Reason, name, why string, change to) {
		add("verdict offline", reason, name, why, change)
	}
	offline(ending.Expired, "offline verdict of an old offer", "An offer lasts 300 seconds; 60 of skew are tolerated. Offline the own clock is all there is.", to{"now": start + 361})
	offline(ending.Revoked, "offline verdict with an own credential that is over", "An own credential has an end.", to{"own": to{"credential": Hex(issuer.sign("CP1 device", encode(over)))}})
	offline(ending.WrongClock, "offline verdict of an offer from the future", "The offer has not begun by this clock, beyond 60 seconds of skew.", to{"now": start - 61})
	offline(ending.Forged, "offline verdict of a frame with another's credential", "The credential in the frame is signed by an issuer of the bundle.",
		to{"qr_text": frameText(bankCalls.payload(), frameTime, agentKey.es256("CP1 frame", protectedES256, encode(list{bankCalls.payload(), frameTime})), credential1, strangerKey.sign("CP1 cred", encode(credential1)))})
	// framed is the QR text of an offer with another core or credential, each signed
	// by the key given.
	framed := func(core, credential dict, by signer) to {
		signature := agentKey.es256("CP1 frame", protectedES256, encode(list{encode(core), frameTime}))
		return to{"qr_text": frameText(encode(core), frameTime, signature, credential, by.sign("CP1 cred", encode(credential)))}
	}
	named := func(credential dict) dict { return core.with(1, hash("CP1 cred", encode(credential))[:16]) }
	strange := credential1.with(1, nextIssuer.id())
	tooLong := credential1.with(7, shiftBegan+9*3600)
	ofStatus := credential1.with(1, statusKey.id())
	offline(ending.UnknownBank, "offline verdict of a frame by an issuer that nobody lists", "The bank is the one whose bundle lists the issuer: here there is none, and nothing else can be said.", framed(named(strange), strange, nextIssuer))
	offline(ending.UnknownBank, "offline verdict of a frame by a key that is no issuer", "The bank lists the issuer with role 1.", framed(named(ofStatus), ofStatus, statusKey))
	byQR(ending.UnknownBank, "verdict of a frame by an issuer that nobody lists", "Which bank to ask is not known.", framed(named(strange), strange, nextIssuer))
	byCode(ending.Forged, "verdict of a credential by an issuer that the bundle does not list", "By code the customer says which bank: it does not vouch for this agent.", to{
		"code": bankCalls.of(named(strange)).code(), "served": to{"core": Hex(bankCalls.of(named(strange)).signed()), "credential": Hex(nextIssuer.sign("CP1 cred", encode(strange)))}})
	offline(ending.Forged, "offline verdict of a frame with a credential for 9 hours", "What is in a frame is signed, and an issuer signs nothing that breaks a rule.", framed(named(tooLong), tooLong, issuer))
	offline(ending.Forged, "offline verdict of a frame with a third direction", "What is in a frame is signed, and an agent signs nothing that breaks a rule.", framed(core.with(4, 3), credential1, issuer))
	byQR(ending.Forged, "verdict of a frame with a third direction", "It is not even looked up.", framed(core.with(4, 3), credential1, issuer))
	offline(ending.NotACode, "offline verdict of a QR code of something else", "The text begins with CP1:.", to{"qr_text": "WIFI:S:EXAMPLE;;"})
	offline(ending.UnknownBank, "offline verdict without a pin", "The keyring knows no such bank; nothing else can be said.", to{"anchor": nil})
	offline(ending.Forged, "offline verdict with a changed bundle on disk", "The stored bundle is checked against the pin every time.", to{"bundle": Hex(signBundle(bundle1.with(12, list{"+48229999999"}), root1, root2))})
	offline(ending.NotForYou, "offline verdict of another customer's offer", "The reference is of another pseudonym.", to{"own": to{"credential": Hex(issuer.sign("CP1 device", encode(device1.with(3, otherPseudonym))))}})
	offline(ending.WrongNumber, "offline verdict of a call to a strange number", "A call by the bank is on one of the customer's own lines.", to{"own": to{"credential": Hex(issuer.sign("CP1 device", encode(elsewhere)))}})
	offline(ending.NotSure, "offline verdict of a customer who does not know", "Amber beside amber.", to{"how": 3})
	dialled := func(reason ending.Reason, name, why string, change to) {
		add("verdict offline of a call by the customer", reason, name, why, change)
	}
	dialled(ending.WrongNumber, "offline verdict of a customer who dialled a stranger", "The number dialled is in full one of the bank's lines.", to{"dialled": "+48600222233"})
	dialled(ending.WrongNumber, "offline verdict of a customer who dialled another line", "The number dialled ends in the offer's line.", to{"dialled": otherLine})
	dialled(ending.WrongDirection, "offline verdict of a customer whose phone rang", "The bank says that the customer dialled.", to{"how": 1, "dialled": ""})
	dialled(ending.OnHold, "offline verdict of a call by the customer during a hold", "During a hold only a call by the bank to a number on file may start.", to{"hold_until": now + 60})
	add("verdict offline of a guest", ending.OnHold, "offline verdict of a guest during a hold", "A guest has no number on file.", to{"hold_until": now + 60})
	customer := func(reason ending.Reason, name, why string, change to) {
		add("verdict of a call by the customer", reason, name, why, change)
	}
	customer(ending.WrongNumber, "verdict of a customer who dialled a stranger", "The number dialled is in full one of the bank's lines.", to{"dialled": "+48600222233"})
	customer(ending.WrongNumber, "verdict of a customer who dialled another line", "The number dialled ends in the offer's line.", to{"dialled": otherLine})
	customer(ending.WrongDirection, "verdict of a customer whose phone rang", "The bank says that the customer dialled.", to{"how": 1, "dialled": ""})
	customer(ending.OnHold, "verdict during a hold", "During a hold only a call by the bank to a number on file may start.", to{"hold_until": now + 60})
	return out
}

// endsEarly is the agent's credential, over before the offer is.
var endsEarly = credential1.with(7, start+299)

var outlives = bankCalls.of(bankCalls.core.with(1, hash("CP1 cred", encode(endsEarly))[:16]))

// withOtherDigit is a code with one digit typed wrong.
func withOtherDigit(code string) string {
	return code[:4] + string('0'+(code[4]-'0'+1)%10) + code[5:]
}

func invalidTickets() (out []vectors.Invalid) {
	paper := func(name, why, typed string) {
		out = append(out, invalid("ticket", ending.NotACode, name, why, to{"typed": typed}))
	}
	paper("ticket without its prefix", "A ticket begins with CT1:.", "relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23")
	paper("ticket of fifteen characters", "A ticket's code has sixteen characters.", "CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN2")
	paper("ticket with an 8", "Base32 has the letters and 2 to 7; 0 and 1 are read as O and I.", "CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN28")
	paper("ticket after another word", "Only ticket: may stand before it.", "code: CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23")
	paper("ticket with a long s", "Only the letters of ASCII have a capital here.", "CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-M\u017f23")
	paper("ticket with a Kelvin sign", "Only the letters of ASCII have a small form here.", "CT1:\u212arelay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23")
	paper("ticket with an equals sign", "What section 2.8 does not list is not passed over.", "CT1:relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23=")
	paper("ticket without a port", "The address is HOST:PORT.", "CT1:relay.examplebank.com/ABCD-EFGH-IJKL-MN23")
	paper("ticket with port 0", "A port is 1 to 65535.", "CT1:relay.examplebank.com:0/ABCD-EFGH-IJKL-MN23")
	paper("ticket with a user in its address", "The address is HOST:PORT.", "CT1:anna@relay.examplebank.com:4222/ABCD-EFGH-IJKL-MN23")
	paper("ticket of over 512 bytes", "A ticket is typed by a person.", "CT1:"+strings.Repeat("a.", 300)+"com:4222/ABCD-EFGH-IJKL-MN23")

	token := func(name, why, token string) {
		out = append(out, invalid("connect token", ending.Forged, name, why, to{"token": token}))
	}
	token("connect token of another agent", "The agent's own key signs it.", connectToken(otherAgent, connect1))
	token("connect token signed as an offer", "Each object has its own label.", base64.RawURLEncoding.EncodeToString(agentKey.sign("CP1 offer", encode(connect1))))
	token("connect token in padded base64", "The token is base64url without padding.", connectToken(agentKey, connect1)+"=")
	token("connect token that names no server", "A token names the TLS key of its server.", connectToken(agentKey, connect1.without(4)))

	word := func(name, why string, signed []byte) {
		out = append(out, invalid("authority's word on a customer", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	word("authority's word by the issuer", "Only a status key signs it.", issuer.sign("CP1 prepared", encode(prepared1.with(1, issuer.id()))))
	word("authority's word by a stranger", "A key id selects a key and proves nothing.", strangerKey.sign("CP1 prepared", encode(prepared1)))
	word("authority's word signed as a call ticket", "Each object has its own label.", statusKey.sign("CP1 ticket", encode(prepared1)))
	word("authority's word on another customer", "It repeats the reference that was asked.", signPrepared(prepared1.with(2, "C-2")))
	word("authority's word on the other direction", "It repeats the direction that was asked.", signPrepared(prepared1.with(3, 2)))
	word("authority's word on another number", "It repeats the number that was asked.", signPrepared(prepared1.with(4, "+48601236789")))
	word("authority's word of another time", "It counts for 60 seconds.", signPrepared(prepared1.with(9, now-1)))
	word("authority's word without a line", "A decoder refuses missing keys.", signPrepared(prepared1.without(6)))

	call := func(name, why string, signed []byte) {
		out = append(out, invalid("ticket of a call", ending.Forged, name, why, to{"signed": Hex(signed)}))
	}
	call("call ticket signed by the issuer", "Only a status key signs call tickets.", issuer.sign("CP1 ticket", encode(callTicket1.with(1, issuer.id()))))
	call("call ticket signed as a staple", "Each object has its own label.", statusKey.sign("CP1 status", encode(callTicket1)))
	call("call ticket by an unknown key", "The status key is one that the bundle lists.", strangerKey.sign("CP1 ticket", encode(callTicket1.with(1, strangerKey.id()))))
	call("call ticket by a stranger under the status key's id", "A key id selects a key and proves nothing.", strangerKey.sign("CP1 ticket", encode(callTicket1)))
	call("call ticket without the companion", "A decoder refuses missing keys.", statusKey.sign("CP1 ticket", encode(callTicket1.without(8))))
	call("call ticket from after its key", "The status key was valid when the ticket was issued.", statusKey.sign("CP1 ticket", encode(callTicket1.with(10, now+year+1))))
	return out
}

func invalidMessages() (out []vectors.Invalid) {
	add := func(of, name, why string, message []byte) {
		out = append(out, invalid("message: "+of, ending.Unsupported, name, why, to{"bytes": Hex(message)}))
	}
	oid := bankCalls.oid()
	end := dict{{1, oid}, {2, "cancelled"}}
	deep := encode(0)
	for range 20 {
		deep = append([]byte{0x81}, deep...)
	}
	add("end", "message with an unknown key", "A decoder refuses unknown keys.", encode(end.with(3, 0)))
	add("end", "message without a key", "A decoder refuses missing keys.", encode(end.without(2)))
	add("end", "message with a key twice", "A decoder refuses duplicate keys.", encode(append(slices.Clone(end), pair{2, "cancelled"})))
	add("end", "message with its keys out of order", "Maps are sorted (RFC 8949, 4.2.1).", encode(dict{end[1], end[0]}))
	add("end", "message with text for a key", "Keys are integers.", encode(dict{end[0], {"2", "cancelled"}}))
	add("end", "message of indefinite length", "Indefinite lengths are refused.", slices.Concat([]byte{0xbf}, encode(end)[1:], []byte{0xff}))
	add("end", "message with a byte behind it", "Nothing may follow a message.", append(encode(end), 0xf6))
	add("end", "message that is cut off", "A message is whole.", encode(end)[:40])
	add("end", "empty message", "A message is a map.", []byte{})
	add("end", "message that is an array", "A message is a map.", encode(list{oid, "cancelled"}))
	add("end", "message with an oid of 31 bytes", "An oid has 32 bytes.", encode(end.with(1, oid[:31])))
	add("end", "message with bytes for text", "A reason is text.", encode(end.with(2, []byte("cancelled"))))
	add("end", "message with text that is not UTF-8", "Text is valid UTF-8.", encode(end.with(2, raw("\x62\xc3\x28"))))
	add("end", "message that nests too deep", "Nesting goes to 16.", encode(end.with(2, raw(deep))))
	add("up: record", "message of a kind over 255", "A kind is one byte.", encode(dict{{1, oid}, {2, 256}, {3, []byte{0}}}))
	add("up: record", "message of a negative kind", "A kind is not negative.", encode(dict{{1, oid}, {2, -1}, {3, []byte{0}}}))
	for _, kind := range []int{0, 12} {
		name := fmt.Sprint(kind)
		add("up: record", "message up of kind "+name, "The kinds are 1 to 11.", encode(dict{{1, oid}, {2, kind}, {3, []byte{0}}}))
		add("down: reveal", "message down of kind "+name, "The kinds are 1 to 11.", encode(relayMessage("down: reveal").with(3, kind)))
		add("push of a notice", "push of kind "+name, "The kinds are 1 to 11.", encode(relayMessage("push of a notice").with(2, kind)))
	}
	add("enrol", "message of enrolment step 0", "The steps are 1 to 4.", encode(relayMessage("enrol").with(1, 0)))
	add("enrol", "message of enrolment step 5", "The steps are 1 to 4.", encode(relayMessage("enrol").with(1, 5)))
	byOID := relayMessage("lookup by oid")
	add("lookup by oid", "lookup by code and oid", "A lookup names exactly one of the two.", encode(append(dict{{1, bankCalls.code()}}, byOID...)))
	add("lookup by oid", "lookup by neither", "A lookup names exactly one of the two.", encode(byOID.without(2)))
	add("lookup by oid", "lookup by an oid of 31 bytes", "An oid has 32 bytes.", encode(byOID.with(2, oid[:31])))
	add("answer with a body", "message with an optional key that is empty", "An optional key is left out when it is empty.", encode(dict{{1, ""}, {2, []byte("body")}}))
	add("lookup by code", "message with its version as a float", "A version is an integer.", encode(dict{{1, bankCalls.code()}, {3, raw{0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0}}, {4, hash1}, {5, 1}}))
	add("lookup answer", "lookup answer without the commitment", "pkA and CA come together.", encode(relayMessage("lookup answer").without(6)))
	return out
}

func relayMessage(name string) dict {
	all := relayMessages()
	return all[slices.IndexFunc(all, func(m message) bool { return m.name == name })].item
}

func invalidReports() (out []vectors.Invalid) {
	add := func(name, why string, s sealed) {
		out = append(out, invalid("stop report", ending.Forged, name, why, to{"enc": Hex(s.enc), "ciphertext": Hex(s.ct)}))
	}
	oid := bankCalls.oid()
	add("report sealed for another offer", "The oid is the aad.", sealReport(deviceKey, "CP1 report", statement, signedDevice, toGuest.oid()))
	add("report about another offer", "The signed oid is that of the message.", sealReport(deviceKey, "CP1 report", statement.with(1, toGuest.oid()), signedDevice, oid))
	add("report signed by another device", "The device of the credential signs it.", sealReport(otherDevice, "CP1 report", statement, signedDevice, oid))
	add("report signed as a reply", "Each object has its own label.", sealReport(deviceKey, "CP1 reply", statement, signedDevice, oid))
	add("report with a credential by a stranger", "The credential is signed by an issuer of the bundle.", sealReport(deviceKey, "CP1 report", statement, strangerKey.sign("CP1 device", encode(device1)), oid))
	add("report of a reason that is none", "Only wrong_direction, wrong_number and reported are reported.", sealReport(deviceKey, "CP1 report", statement.with(2, "not_for_you"), signedDevice, oid))
	add("report sealed to another key", "It is sealed to the bundle's report key.", vaultKey.seal(fixed("report: encapsulation", 64), []byte("CP1 report"), oid,
		encode(list{deviceKey.sign("CP1 report", encode(statement)), signedDevice})))
	add("report with a short encapsulated key", "An encapsulated key has 1,120 bytes.", sealed{enc: sealedReport().enc[:1119], ct: sealedReport().ct})
	return out
}

func invalidEnrolments() (out []vectors.Invalid) {
	e := enrolled(false)
	add := func(reason ending.Reason, name, why string, change to) {
		out = append(out, invalid("enrolment of a device", reason, name, why, change))
	}
	wrong := e
	wrong.secret = fixed("another secret", 32)
	other := enrolled(true)
	add(ending.UnknownCode, "enrolment with a wrong secret", "The client's proof is made with the ticket's key.", to{"client_proof": Hex(wrong.proof())})
	add(ending.UnknownCode, "enrolment with what the bank keeps", "The bank keeps nothing that makes the client's proof.", to{"client_proof": Hex(e.vouches(roots1, bankID))})
	add(ending.UnknownCode, "enrolment with the proof of another one", "The client's proof is over the transcript.", to{"client_proof": Hex(e.key().sign("CP1 enrol c", other.transcript()))})
	add(ending.UnknownCode, "enrolment with the possession as the proof", "Each signature has its own label and key.", to{"client_proof": Hex(e.possession())})
	add(ending.UnknownCode, "enrolment with the proof under another label", "Each signature has its own label.", to{"client_proof": Hex(e.key().sign("CP1 possession", e.transcript()))})
	add(ending.Forged, "enrolment with a server that knows no secret", "The server's proof is made with the ticket's MAC key.", to{"server_proof": Hex(wrong.vouches(roots1, bankID))})
	add(ending.Forged, "enrolment with a server's proof for other roots", "The server's proof is over the roots hash.", to{"server_proof": Hex(e.vouches(roots2, bankID))})
	add(ending.Forged, "enrolment with a server's proof for another bank", "The server's proof is over the bank's id.", to{"server_proof": Hex(e.vouches(roots1, otherBankID))})
	add(ending.Forged, "enrolment without the key", "The key that is enrolled signs the transcript.", to{"possession": Hex(otherDevice.sign("CP1 possession", e.transcript()))})
	add(ending.Forged, "enrolment with an agent's role", "The transcript holds the role.", to{"agent": true})
	add(ending.Forged, "enrolment at a bank with other roots", "The transcript holds the roots hash.", to{"roots_hash": Hex(roots2)})
	return out
}

func invalidReplies() (out []vectors.Invalid) {
	c := toDevice
	add := func(reason ending.Reason, name, why string, envelope []byte) {
		out = append(out, invalid("reply: bank called", reason, name, why, to{"envelope": Hex(envelope)}))
	}
	said := func(reason ending.Reason, name, why string, statement dict) {
		add(reason, name, why, c.seal(c.plain(statement)).envelope())
	}
	holding := func(reason ending.Reason, name, why string, plain any) {
		add(reason, name, why, c.seal(encode(plain)).envelope())
	}
	r, s := c.statement(), c.reply()
	other := c.m.of(c.m.core.with(6, "0123"))

	said(ending.Forged, "reply to another offer", "R names the offer.", r.with(1, toGuest.oid()))
	said(ending.Forged, "reply for another key agreement", "R names the encapsulated key by hash.", r.with(2, fixed("another enc", 32)))
	said(ending.Forged, "reply of a customer who does not know", "Only who knows how the call began replies.", r.with(4, dict{{1, 3}, {2, ""}}))
	said(ending.Forged, "reply with a number though the phone rang", "A number was dialled only by who called.", r.with(4, dict{{1, 1}, {2, bankLine}}))
	said(ending.Forged, "reply with half a number dialled", "The number dialled is E.164.", r.with(4, dict{{1, 2}, {2, "2233"}}))
	said(ending.Forged, "reply with no entry path", "The entry paths are 1 and 2.", r.with(5, 0))
	said(ending.Forged, "reply with a negative frame time", "A frame time is over 0, or 0 by code.", r.with(5, 2).with(6, -1))
	said(ending.Forged, "reply with a third entry path", "The entry paths are 1 and 2.", r.with(5, 3))
	said(ending.Forged, "reply by QR without a frame time", "A frame time belongs to a QR frame.", r.with(5, 2))
	said(ending.Forged, "reply by code with a frame time", "A frame time belongs to a QR frame.", r.with(6, frameTime))
	said(ending.Forged, "reply without a device credential", "Who signs shows a credential.", r.with(8, []byte{}))
	said(ending.Forged, "reply with an agent's credential", "A device answers.", r.with(8, signedCredential))
	said(ending.Forged, "reply with a credential by a stranger", "The credential is signed by an issuer of the bundle.", r.with(8, strangerKey.sign("CP1 device", encode(device1))))
	said(ending.Forged, "reply with another device's credential", "The device of the credential signs the reply.", r.with(8, issuer.sign("CP1 device", encode(device1.with(4, otherDevice.point())))))
	said(ending.Forged, "reply with an unknown key", "A decoder refuses unknown keys.", r.with(9, 0))
	said(ending.Forged, "reply with a nonce of 31 bytes", "nC has 32 bytes.", r.with(3, c.nonceC[:31]))
	said(ending.Unsupported, "reply with suite 2", "The suite is repeated from the offer.", r.with(7, 2))
	said(ending.WrongDirection, "reply of a customer who dialled", "The bank says that it called.", r.with(4, dict{{1, 2}, {2, bankLine}}))
	said(ending.FrameStale, "reply to a frame over 30 seconds old", "The agent's own clock made the frame.", r.with(5, 2).with(6, now-31))
	said(ending.FrameStale, "reply to a frame from the future", "The agent's own clock made the frame; 60 seconds of skew are tolerated.", r.with(5, 2).with(6, now+61))
	said(ending.NotForYou, "reply by another customer's device", "The reference is of another pseudonym.", r.with(8, issuer.sign("CP1 device", encode(device1.with(3, otherPseudonym)))))
	said(ending.Revoked, "reply by a device past its expiry", "A device credential has an end.", r.with(8, issuer.sign("CP1 device", encode(device1.with(6, now-1)))))
	holding(ending.Forged, "reply signed under another label", "Each object has its own label.", list{0, deviceKey.sign("CP1 decline", encode(r))})
	holding(ending.Forged, "reply without a signature under the kind of a signed one", "A signed reply is a COSE_Sign1.", list{0, encode(r)})
	holding(ending.Forged, "guest's reply with a device credential", "A device signs; it does not pass for a guest.", list{1, encode(r)})
	holding(ending.Forged, "envelope of an unknown kind", "The kinds are 0 to 3.", list{4, deviceKey.sign("CP1 reply", encode(r))})
	holding(ending.Forged, "envelope of something else", "An envelope holds [kind, body].", "hello")
	holding(ending.Forged, "decline for a reason that is none", "The reasons are those of the table.", list{2, deviceKey.sign("CP1 decline", encode(list{c.m.oid(), "bored", signedDevice}))})
	holding(ending.Forged, "decline of another offer", "A decline names the offer.", list{2, deviceKey.sign("CP1 decline", encode(list{toGuest.oid(), "wrong_number", signedDevice}))})
	holding(ending.Forged, "decline signed by another device", "The device of the credential signs it.", list{2, otherDevice.sign("CP1 decline", encode(list{c.m.oid(), "wrong_number", signedDevice}))})
	holding(ending.Forged, "guest's decline with a device credential", "A device signs; it does not pass for a guest.", list{3, encode(list{c.m.oid(), "declined", signedDevice})})
	add(ending.Forged, "envelope sealed for another offer", "The oid is in HPKE's info.", c.m.kem.seal(c.encapsulation, append([]byte("CP1 hpke/1"), other.oid()...), c.m.callID, c.plain(r)).envelope())
	add(ending.Forged, "envelope sealed for another call", "The call id is the aad.", c.m.kem.seal(c.encapsulation, append([]byte("CP1 hpke/1"), c.m.oid()...), toGuest.callID, c.plain(r)).envelope())
	add(ending.Forged, "envelope sealed to another key", "It is sealed to the offer's key.", guestKey.seal(c.encapsulation, append([]byte("CP1 hpke/1"), c.m.oid()...), c.m.callID, c.plain(r)).envelope())
	add(ending.Forged, "envelope of one element", "An envelope is [enc, ct].", encode(list{s.enc}))
	add(ending.Forged, "envelope with a short encapsulated key", "An encapsulated key has 1,120 bytes.", encode(list{s.enc[:1119], s.ct}))
	add(ending.Forged, "envelope over 8,192 bytes", "An envelope has at most 8,192 bytes.", encode(list{s.enc, make([]byte, 8192)}))
	out = append(out,
		invalid("reply: customer called", ending.WrongNumber, "reply of a customer who dialled another line", "The number dialled ends in the offer's line.",
			to{"envelope": Hex(byQR.seal(byQR.plain(byQR.statement().with(4, dict{{1, 2}, {2, otherLine}}))).envelope())}),
		invalid("reply: to a guest", ending.Forged, "guest's reply with a signature", "A guest's reply is the map itself.",
			to{"envelope": Hex(guestAnswer.seal(encode(list{1, deviceKey.sign("CP1 reply", encode(guestAnswer.statement()))})).envelope())}))
	return out
}

func invalidAnswers() (out []vectors.Invalid) {
	c := toDevice
	reveal := func(name, why string, answer []byte) {
		out = append(out, invalid("reveal: bank called", ending.Forged, name, why, to{"answer": Hex(answer)}))
	}
	mac := bytes.Clone(c.reveal())
	mac[len(mac)-1] ^= 1
	another := fixed("another nonce", 32)
	reveal("reveal with a wrong MAC", "Only who opened the reply can make it.", mac)
	reveal("reveal of another nonce", "The nonce is the one that the offer committed to, whoever made the MAC.", c.answer("CP1 reveal", another, another))
	reveal("reveal under the refusal's key", "Each answer has its own key.", c.answer("CP1 refuse", c.m.nonceA, c.m.nonceA))
	reveal("refusal in a reveal's place", "A reveal is [nA, MAC].", c.refusal("frame_stale"))
	reveal("reveal of another conversation", "The MAC's key comes from this transcript.", guestAnswer.reveal())
	reveal("reveal of three elements", "A reveal is [nA, MAC].", encode(list{c.m.nonceA, make([]byte, 32), 0}))
	reveal("empty reveal", "A reveal is [nA, MAC].", []byte{})

	refusal := func(reason ending.Reason, name, why string, answer []byte) {
		out = append(out, invalid("refusal: bank called", reason, name, why, to{"answer": Hex(answer)}))
	}
	refusal(ending.Forged, "refusal by the relay", "Only who opened the reply can make it.", encode(list{"frame_stale", make([]byte, 32)}))
	refusal(ending.Forged, "refusal with its reason changed", "The MAC is over the reason.", c.answer("CP1 refuse", "revoked", []byte("frame_stale")))
	refusal(ending.Forged, "refusal under the reveal's key", "Each answer has its own key.", c.answer("CP1 reveal", "frame_stale", []byte("frame_stale")))
	refusal(ending.Unsupported, "refusal for a reason that is none", "The reasons are those of the table.", c.refusal("bored"))

	confirm := func(name, why string, confirm []byte) {
		out = append(out, invalid("confirm: bank called", ending.Forged, name, why, to{"confirm": Hex(confirm)}))
	}
	confirm("confirmation of another conversation", "It is over this transcript with this key.", guestAnswer.confirm())
	confirm("confirmation of zeros", "Only who holds prk can make it.", make([]byte, 32))
	confirm("confirmation that is cut", "A MAC has 32 bytes.", c.confirm()[:16])
	return out
}

func invalidRecords() (out []vectors.Invalid) {
	first := records(1)
	add := func(reason ending.Reason, name, why string, records ...Hex) {
		out = append(out, invalid("records of the agent", reason, name, why, to{"records": records}))
	}
	// then is the agent's first record and one more.
	then := func(reason ending.Reason, name, why string, second []byte) {
		add(reason, name, why, first[0], second)
	}
	text := []byte("text")
	changed := bytes.Clone(first[1])
	changed[len(changed)-1] ^= 1
	good := nextRecord(1, 1, 1, text)
	sealedText := good.seal()
	ciphertext := sealedText[len(sealedText)-len(text)-16:]
	around := func(change func(*record)) []byte {
		r := good
		change(&r)
		return r.around(ciphertext)
	}
	otherSlot, otherCall := good, good
	otherSlot.slot, otherCall.callID = 1, toGuest.callID
	then(ending.Forged, "record with a changed byte", "A record that does not verify ends the call.", changed)
	then(ending.Forged, "record of the other side, sent back", "Each direction has its own key and number.", records(2)[1])
	then(ending.Forged, "record said to be of the other side", "The direction is in the aad.", around(func(r *record) { r.side = 2 }))
	then(ending.Forged, "record said to be of another type", "The type is in the aad.", around(func(r *record) { r.kind = 2 }))
	then(ending.Forged, "record said to be of another slot", "The slot is in the aad.", around(func(r *record) { r.slot = 1 }))
	then(ending.Forged, "record with a number that was not sealed", "The number is in the nonce and the aad.", around(func(r *record) { r.seq = 2 }))
	then(ending.Forged, "genuine record of another slot", "A call of two has slot 0.", otherSlot.seal())
	then(ending.Forged, "record of another call", "The call id is in the aad.", otherCall.seal())
	then(ending.Forged, "record beyond the last number", "A key seals 2^24 records.", nextRecord(1, 1<<24, 4, nil).seal())
	then(ending.Forged, "record of four elements", "A record has five elements.", encode(list{0, 1, 1, ciphertext}))
	then(ending.Forged, "record with its number in long form", "Integers are as short as they can be.", encode(list{0, 1, long(1), 1, ciphertext}))
	then(ending.Forged, "genuine record of an unknown type", "The types are 1 to 4; whoever holds the key and sends another one does not speak CP1.", nextRecord(1, 1, 5, text).seal())
	then(ending.Forged, "genuine record of type 0", "The types are 1 to 4.", nextRecord(1, 1, 0, nil).seal())
	then(ending.Forged, "record of empty text", "A text has 1 to 4,096 bytes.", nextRecord(1, 1, 1, nil).seal())
	then(ending.Forged, "record of 4,097 bytes of text", "A text has 1 to 4,096 bytes.", nextRecord(1, 1, 1, bytes.Repeat([]byte("a"), 4097)).seal())
	then(ending.Forged, "record of text that steers a terminal", "A text has no control characters but new line and tab.", nextRecord(1, 1, 1, []byte("\x1b[31mred")).seal())
	then(ending.Forged, "record of text that turns the reading direction", "A text has no control of the reading direction.", nextRecord(1, 1, 1, []byte("yes \u202eon")).seal())
	then(ending.Forged, "record of text that is not UTF-8", "A text is valid UTF-8.", nextRecord(1, 1, 1, []byte{0xff}).seal())
	then(ending.Forged, "sas_ok with something in it", "sas_ok and ping are empty.", nextRecord(1, 1, 2, []byte{1}).seal())
	then(ending.Forged, "ping with something in it", "sas_ok and ping are empty.", nextRecord(1, 1, 4, []byte{1}).seal())
	then(ending.Forged, "ended over 128 bytes", "What ended holds has at most 128 bytes.", nextRecord(1, 1, 3, encode(list{strings.Repeat("a", 128), 1, 0})).seal())
	then(ending.LineLost, "ended that counts one record more than arrived", "sent counts the records before the ended one, and not itself: one is missing here.", nextRecord(1, 1, 3, encode(list{"completed", 2, 3})).seal())
	then(ending.LineLost, "ended that counts one record fewer than arrived", "sent counts the records before the ended one.", nextRecord(1, 1, 3, encode(list{"completed", 0, 3})).seal())
	then(ending.LineLost, "ended that received more than was sent", "Nobody receives what was not sent: the receiver has sent 3 records.", nextRecord(1, 1, 3, encode(list{"completed", 1, 4})).seal())
	then(ending.Forged, "ended for a reason that is none", "The reasons are those of the table.", nextRecord(1, 1, 3, encode(list{"bored", 1, 0})).seal())
	then(ending.Forged, "ended with negative counts", "Counts are not negative.", nextRecord(1, 1, 3, encode(list{"completed", -1, 0})).seal())
	add(ending.LineLost, "record with one missing before it", "Numbers are contiguous: a genuine record from the future means that one was lost or held back.", first[0], first[2])
	add(ending.LineLost, "second record first", "Numbers begin with 0.", first[1])
	return out
}
