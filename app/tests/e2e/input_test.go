//go:build e2e

// This file owns bad input and bad surroundings: each with its own reason and
// exit status, and none with a panic.

package e2e

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/session/computer/qr"
	"countersign/session/computer/vault/keyringtest"
	"countersign/session/protocol/offer"
)

// A wrong digit is found before anything is sent: there is no server at all.
func TestWrongDigitIsFoundWithoutAnyServer(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	customer := b.newCustomer()
	b.stop()
	check := customer.verifies("they-called", "123 456 788")
	s.ends(check, "wrong_check_digit", 1)
	s.tells(check, "ended")
	s.ends(customer.verifies("they-called", "572 4"), "not_a_code", 1)
	s.ends(customer.verifies("they-called", "572 000 000"), "wrong_check_digit", 1)
	// The right digit gets as far as the server that is not there.
	s.ends(customer.verifies("they-called", rightCode), "server_down", 3)
}

// rightCode has a good check digit (Damm's own example, 572 with the digit 4,
// behind zeros) and belongs to no offer.
const rightCode = "000005724"

func TestUnknownCode(t *testing.T) {
	s := newScene(t)
	customer := s.openBank().newCustomer()
	check := customer.verifies("they-called", rightCode)
	s.verdict(check, "stopped", "unknown_code")
	s.ends(check, "unknown_code", 1)
}

func TestPicturesThatAreNoCode(t *testing.T) {
	s := newScene(t)
	customer := s.openBank().newCustomer()
	for _, c := range []struct {
		name   string
		data   []byte
		reason string
	}{
		{"empty.png", nil, "not_a_code"},
		{"text.png", []byte("not a picture"), "not_a_code"},
		{"blank.png", blank(t, 300, 300), "not_a_code"},
		{"foreign.png", foreignQR(t), "not_a_code"},
		{"cut.png", blank(t, 300, 300)[:60], "not_a_code"},
		{"many-pixels.png", hugeHeader(t), "image_too_large"},
		{"many-bytes.png", append(blank(t, 10, 10), make([]byte, 11<<20)...), "image_too_large"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		check := customer.run("verify", "--json", "--who", "they-called", "--image", path)
		s.ends(check, c.reason, 1)
	}
	s.ends(customer.run("verify", "--json", "--who", "they-called", "--image", t.TempDir()), "not_a_code", 1)
	s.ends(customer.run("verify", "--json", "--who", "they-called", "--qr", "https://example.org"), "not_a_code", 1)
	s.ends(customer.run("verify", "--json", "--who", "they-called", "--qr", "CP1:AAAA"), "not_a_code", 1)
}

func blank(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = 0xff
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func foreignQR(t *testing.T) []byte {
	t.Helper()
	data, err := qr.PNG("https://example.org/pay?now", 4)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// hugeHeader is a small file that says it has 60,000 times 60,000 pixels. The
// header of a PNG (RFC 2083, section 4.1.1) is the first chunk, with its
// checksum behind it.
func hugeHeader(t *testing.T) []byte {
	t.Helper()
	const chunk, width, height, end = 12, 16, 20, 29 // offsets in the file
	data := blank(t, 1, 1)
	binary.BigEndian.PutUint32(data[width:], 60_000)
	binary.BigEndian.PutUint32(data[height:], 60_000)
	binary.BigEndian.PutUint32(data[end:], crc32.ChecksumIEEE(data[chunk:end]))
	return data
}

func TestQRCodeOfAnotherBank(t *testing.T) {
	s := newScene(t)
	customer := s.openBank().newCustomer()
	other := s.openBank()
	call := other.newAgent().offers("bank-called", other.newCustomer())
	check := customer.run("verify", "--json", "--who", "they-called", "--qr", s.event(call, "qr").Text)
	s.verdict(check, "stopped", "unknown_bank")
	s.ends(check, "unknown_bank", 1)
}

func TestTicketIsGoodOnce(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	_, _, invited := b.customerOnFile()
	s.newPerson("customer").enrol(invited)
	again := s.newPerson("customer").run("enrol", "-", "--json", "--unprompted")
	s.types(again, invited.ticket)
	s.ends(again, "ticket_used", 1)
}

func TestNoNumberOfGuessesLocksATicket(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	_, _, invited := b.customerOnFile()
	who := s.newPerson("customer")
	guess := func(ticket, reason string) {
		t.Helper()
		p := who.run("enrol", "-", "--json", "--unprompted")
		s.types(p, ticket)
		s.ends(p, reason, 1)
	}
	wrong := otherSecret(invited.ticket)
	for range 5 {
		guess(wrong, "unknown_code")
	}
	s.newPerson("customer").enrol(invited)
	guess(invited.ticket, "ticket_used") // on another computer
	guess("CT1:"+b.address+"/AAAA-AAAA-AAAA-AAAA", "unknown_code")
	guess("CT1:"+b.address+"/AAAA", "not_a_code")
}

// otherSecret changes the last character of a ticket, which is part of its secret.
func otherSecret(ticket string) string {
	last := "A"
	if strings.HasSuffix(ticket, "A") {
		last = "B"
	}
	return ticket[:len(ticket)-1] + last
}

func TestTicketDoesNotServeTheOtherRole(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	_, _, invited := b.customerOnFile()
	p := s.newPerson("agent").run("enrol", "-", "--json", "--unprompted")
	s.types(p, invited.ticket)
	if e := s.event(p, "ended"); e.Reason == "completed" || s.exit(p) != 1 {
		t.Fatalf("an agent enrolled with a customer's ticket: %s", e.Line)
	}
}

func TestWordsOfAnotherBankStopTheEnrolment(t *testing.T) {
	s := newScene(t)
	b, other := s.openBank(), s.openBank()
	_, _, invited := b.customerOnFile()
	_, _, foreign := other.customerOnFile()
	who := s.newPerson("customer")
	p := who.run("enrol", "-", "--json", "--unprompted", "--fingerprint", foreign.words)
	s.types(p, invited.ticket)
	s.ends(p, "forged", 1)
	who.enrol(invited) // the ticket is as good as before
}

func TestServerDown(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	_, _, invited := b.customerOnFile()
	b.stop()
	s.ends(agent.offers("bank-called", customer), "server_down", 3)
	s.ends(customer.verifies("they-called", rightCode), "server_down", 3)
	p := s.newPerson("customer").run("enrol", "-", "--json", "--unprompted")
	s.types(p, invited.ticket)
	s.ends(p, "server_down", 3)
}

func TestServerWithAnotherKeyInTheSamePlace(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	b.stop()
	s.foundBank("Example Bank", b.address).serve()
	s.ends(agent.offers("bank-called", customer), "wrong_server_key", 1)
	s.ends(customer.verifies("they-called", rightCode), "wrong_server_key", 1)
}

func TestKeyringAbsentOrLocked(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	for reason, start := range map[string]func(testing.TB) []string{
		"no_keyring":     keyringtest.StartBus,
		"keyring_locked": keyringtest.StartLocked,
	} {
		away := start(t)
		for _, p := range []person{*agent, *customer} {
			p.env = away
			if p.part == "agent" {
				s.ends(p.offers("bank-called", customer), reason, 3)
			} else {
				s.ends(p.verifies("they-called", rightCode), reason, 3)
			}
		}
	}
}

// Removing the pin takes effect at once: nothing remembers the bank's roots.
func TestPinRemovedFromTheKeyring(t *testing.T) {
	s := newScene(t)
	agent, customer := s.newPair()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	s.ends(customer.verifies("they-called", rightCode), "unknown_code", 1) // the bank is known, and could be remembered
	for _, item := range customer.keyringItems("/pin/") {
		customer.secretTool("clear", "service", "countersign", "username", item)
	}
	check := customer.verifies("they-called", code)
	s.verdict(check, "stopped", "unknown_bank")
	s.ends(check, "unknown_bank", 1)
	s.types(call, "end")
	s.ends(call, "cancelled", 1)
}

// keyringItems lists the names of a person's items that contain part.
func (p *person) keyringItems(part string) []string {
	p.Helper()
	home, err := os.ReadFile(filepath.Join(p.home, "id"))
	if err != nil {
		p.Fatal(err)
	}
	var items []string
	for _, found := range regexp.MustCompile(`attribute\.username = (\S+)`).FindAllStringSubmatch(p.secretTool("search", "--all", "service", "countersign"), -1) {
		if strings.HasPrefix(found[1], strings.TrimSpace(string(home))) && strings.Contains(found[1], part) && !slices.Contains(items, found[1]) {
			items = append(items, found[1])
		}
	}
	if len(items) == 0 {
		p.Fatalf("the keyring holds no item with %q in its name", part)
	}
	return items
}

// secretTool runs libsecret's own program on the person's keyring.
func (p *person) secretTool(args ...string) string {
	p.Helper()
	cmd := exec.Command("secret-tool", args...)
	cmd.Env = append(os.Environ(), p.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.Fatalf("secret-tool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Homes are apart even on one keyring.
func TestHomesOnOneKeyringDoNotMix(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	one, two := b.newCustomer(), s.newPerson("customer")
	two.env = one.env
	check := two.verifies("they-called", rightCode)
	s.ends(check, "unknown_bank", 1)
}

// Two programs of this world agree with ours on what a QR code says.
func TestQRCodeIsReadByOthers(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	agent, customer := b.newAgent(), b.newCustomer()
	call := agent.offers("bank-called", customer)
	code := agent.codeOf(call)
	text := s.event(call, "qr").Text
	data, err := qr.PNG(text, 5)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", path).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	if got := strings.TrimRight(string(out), "\r\n"); got != text {
		t.Fatalf("zbarimg reads\n%q\nnot\n%q", got, text)
	}
	for _, object := range []string{text, path} {
		if got := b.inspect(object); !strings.Contains(got, offer.Groups(code)) {
			t.Errorf("inspect of %.20s does not name the code %s: %s", object, code, got)
		}
	}
	check := customer.run("verify", "--json", "--who", "they-called", "--image", path)
	p := pair{s, call, check}
	p.readBack()
	p.chat("by picture", "yes")
	p.complete()
}

// inspect returns what countersignd says of an object.
func (b *bank) inspect(object string) string {
	b.Helper()
	out, err := exec.Command(program("countersignd"), "inspect", object).Output()
	if err != nil {
		b.Fatalf("inspect: %v\n%s", err, out)
	}
	return string(out)
}
