// A20: malformed input, on everything that reads: the server's subjects, its
// answers and pushes, the text, pictures, tickets and links that people bring,
// and the files of a program. Each is refused with a clear name, nothing
// panics (a panic anywhere would end this test program), and an honest call
// works right afterwards.

package attacks_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	_ "golang.org/x/image/tiff" // as the windows' toolkit links it

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/computer/screenpop"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
)

// junk is what no decoder may take: nothing, no CBOR, CBOR of a wrong kind, and
// CBOR that promises more than it holds.
func junk() [][]byte {
	return [][]byte{
		{}, {0x00}, {0xff}, {0xa0}, {0x80}, {0xf6}, []byte("{}"), []byte("GET / HTTP/1.1\r\n\r\n"),
		{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},          // an array of 2^64-1
		{0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},          // a map of 2^63-1
		{0x5b, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 1, 2, 3}, // 4 GiB of bytes
		{0xbf, 0x01, 0x61, 'a', 0xff},                                   // no length
		{0xa2, 0x01, 0x01, 0x01, 0x02},                                  // a key twice
		{0xa1, 0x01, 0x61, 0xff},                                        // not UTF-8
		{0xc2, 0x41, 0x01},                                              // a tag
		{0xa1, 0x18, 0x01, 0x01},                                        // a long form
		bytes.Repeat([]byte{0x81}, 10_000),                              // deep
		bytes.Repeat([]byte{0x00}, 200_000),                             // long
	}
}

// spoilt is a genuine message with its middle changed, cut or doubled.
func spoilt(genuine []byte) [][]byte {
	changed := bytes.Clone(genuine)
	if len(changed) > 0 {
		changed[len(changed)/2] ^= 0x55
	}
	return [][]byte{changed, genuine[:len(genuine)/2], append(bytes.Clone(genuine), genuine...)}
}

// TestAttackA20EveryMessage spoils the first message of every kind, one kind a
// call: every other one with junk, the others by changing the genuine one.
// Whatever becomes of that call, it ends by a name of CP1's table, and an honest
// one works afterwards.
func TestAttackA20EveryMessage(t *testing.T) {
	w := newWorld(t)
	kinds := map[string]adversary.Match{
		"lookup": adversary.Request("cp1.lookup"), "answer to lookup": adversary.AnswerTo("cp1.lookup"),
		"answer to up": adversary.AnswerTo("cp1.up"),
	}
	for _, op := range []relay.Op{relay.OpCredential, relay.OpPrepare, relay.OpCreate, relay.OpAdmit, relay.OpSecure, relay.OpEnd} {
		kinds[string(op)] = adversary.Request("cp1.agent." + string(op))
		kinds["answer to "+string(op)] = adversary.AnswerTo("cp1.agent." + string(op))
	}
	for name, kind := range map[string]relay.Kind{"reply": relay.KindReply, "confirm": relay.KindConfirm} {
		kinds[name] = adversary.Up(kind)
		kinds["pushed "+name] = adversary.PushTo(relay.RoleAgent, kind)
	}
	for name, kind := range map[string]relay.Kind{"reveal": relay.KindReveal, "record": relay.KindRecord, "acknowledgement": relay.KindAck} {
		kinds[name] = adversary.Down(kind)
		kinds["pushed "+name] = adversary.PushTo(relay.RoleCompanion, kind)
	}
	kinds["pushed ticket"] = adversary.PushTo(relay.RoleCompanion, relay.KindTicket)
	d, p, rubbish := w.agent(anna), w.customer("C-1"), junk()
	for turn, name := range slices.Sorted(maps.Keys(kinds)) {
		met := w.meets(adversary.First(1, kinds[name]), func(m *adversary.Message) {
			if turn%2 == 0 {
				m.Data = rubbish[turn%len(rubbish)]
			} else {
				m.Data = spoilt(m.Data)[turn%3]
			}
			m.Send()
		})
		w.playedOut(d, p, met)
		select {
		case <-met:
		default:
			t.Errorf("%s: the call ended before such a message came by", name)
		}
		w.relay.Honest()
	}
	agent, customer := w.secureCall(d, "C-1", p)
	says(agent, customer, "after all that")
	outcome(t, "A20", attacks.Stopped, fmt.Sprintf("%d kinds of message, spoilt one a call: every call ended by a name, and the next one worked", len(kinds)))
}

// playedOut lets two honest people play a call as far as it goes, and wants that
// both ends end, each by a name of the table. The clock stands still until the
// message that is spoilt was met; then time passes, a second at a time.
func (w *world) playedOut(d *desk, p *phone, met <-chan struct{}) {
	w.Helper()
	agent, customer, typed, said := d.dials("C-1"), (*side)(nil), false, false
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !told[call.EndedEvent](agent) || customer != nil && !told[call.EndedEvent](customer) {
		select {
		case <-tick.C:
			select {
			case <-met:
				w.secondPasses()
			default:
			}
		case <-deadline:
			w.Fatal("the call does not end, or the message to spoil never came by")
		}
		code, shown := first[call.CodeShown](agent)
		if customer == nil && shown {
			customer = p.types(code.Code, theyCalled)
		}
		if customer == nil {
			continue
		}
		digits, shown := first[call.ReadbackShown](customer)
		if shown && told[call.Opened](agent) && !typed {
			typed = true
			agent.Readback(digits.Code)
		}
		if told[call.Secured](agent) && told[call.Secured](customer) && !said {
			said = true
			customer.Say("hello") // for a record each way, and an acknowledgement
		}
		if told[call.Message](agent) {
			agent.End()
		}
	}
	for _, end := range []*side{agent, customer} {
		if end == nil {
			continue
		}
		if over, _ := first[call.EndedEvent](end); !over.Reason.Known() {
			w.Errorf("%s: ended %q", end.who, over.Reason)
		}
	}
}

// first is the first event of a kind that was told so far.
func first[E call.Event](s *side) (E, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.heard {
		if wanted, ok := e.(E); ok {
			return wanted, true
		}
	}
	return *new(E), false
}

// TestAttackA20PushesOutOfNowhere: in a secure call the relay pushes junk of
// every kind to both ends. What is not the other end's changes nothing, or ends
// the call; it never shows as a message.
func TestAttackA20PushesOutOfNowhere(t *testing.T) {
	w := newWorld(t)
	tickets := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindTicket))
	for _, kind := range []relay.Kind{0, relay.KindReply, relay.KindDecline, relay.KindReveal, relay.KindRefuse, relay.KindConfirm,
		relay.KindReadmit, relay.KindTicket, relay.KindAck, 12, 255} {
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		oid := adversary.Read[relay.Push](receive(w, tickets)).OID
		receive(w, tickets)
		for _, body := range junk() {
			for _, role := range []relay.Role{relay.RoleAgent, relay.RoleCompanion} {
				clients := w.relay.Clients(role)
				clients[len(clients)-1].Push(relay.Push{OID: oid, Kind: kind, Body: body})
			}
		}
		says(agent, customer, "still here")
		says(customer, agent, "so am I")
		agent.End()
		agent.ends(ending.Completed)
		customer.ends(ending.Completed)
	}
	outcome(t, "A20", attacks.Stopped, "junk pushed into a secure call changes nothing")
}

// TestAttackA20WhatPeopleBring: texts, pictures, tickets, words and links.
func TestAttackA20WhatPeopleBring(t *testing.T) {
	w := newWorld(t)
	p, agent := w.customer("C-1"), w.agent(anna).dials("C-1")
	picture := agent.picture()
	image, err := qr.PNG(picture, 4)
	w.must(err)
	texts := []string{"CP1:", "CP1", "cp1:" + picture[4:], picture[:len(picture)/2], picture + picture[4:], "CP1:" + strings.Repeat(":", 2000), strings.Repeat("CP1:", 100_000), "\x00", "\xff\xfe"}
	for _, data := range junk() {
		texts = append(texts, string(data))
		if _, err := qr.ReadImage(bytes.NewReader(data)); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%.20q as a picture: %v", data, err)
		}
	}
	for _, text := range texts {
		if text != "" {
			p.scans(text, theyCalled).ends(ending.NotACode)
		}
		p.types(text, theyCalled).ends(ending.NotACode)
		if _, err := p.Enrol(t.Context(), session.Enrolment{Ticket: text}); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%.20q as a ticket: %v", text, err)
		}
		if _, err := p.Pin(t.Context(), relayAddress, text); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%.20q as words: %v", text, err)
		}
		if _, err := screenpop.Parse(text); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%.20q as a link: %v", text, err)
		}
	}
	for _, data := range spoilt(image)[:2] {
		if text, err := qr.ReadImage(bytes.NewReader(data)); err == nil && text != picture {
			t.Errorf("a spoilt picture was read as %.20q", text)
		}
	}
	secured(agent, p.scans(picture, theyCalled))
	outcome(t, "A20", attacks.Stopped, "texts, pictures, tickets, words and links that are none have that name, before anything is sent")
}

// TestAttackA20DamagedFiles: a program whose files were damaged says so, and
// takes nothing in them for good.
func TestAttackA20DamagedFiles(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	for number, data := range junk() {
		h := w.houseOf("C-1")
		files, err := filepath.Glob(filepath.Join(h.dir, "banks", "*.sealed"))
		w.must(err)
		if len(files) != 1 {
			t.Fatalf("a customer of one bank has %d files", len(files))
		}
		w.must(os.WriteFile(files[0], data, 0o600))
		customer := w.customerAt(h).types(code, theyCalled)
		if got := next[call.EndedEvent](customer).Reason; got != ending.NoKeyring {
			t.Errorf("file %d: ended %q", number, got)
		}
		if told[call.VerdictGiven](customer) {
			t.Errorf("file %d: there was a verdict", number)
		}
	}
	secured(agent, w.customer("C-1").types(code, theyCalled))
	outcome(t, "A20", attacks.Stopped, "a damaged file is a fault of this computer by name, and never a verdict")
}

// TestAttackA20AServerThatTalksRubbish holds the bank's TLS key and speaks
// anything but NATS, to a program that connects.
func TestAttackA20AServerThatTalksRubbish(t *testing.T) {
	w := newWorld(t)
	for number, data := range append(junk(), []byte("INFO {\r\n"), []byte("INFO {}\r\nMSG a 1 99999999999999999999\r\n"), []byte("INFO {}\r\n-ERR\r\n"), []byte("+OK\r\n")) {
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{w.bank.Certificate}, MinVersion: tls.VersionTLS13})
		w.must(err)
		go talk(listener, data)
		o := w.options(w.houseOf("C-1"))
		o.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
		}
		c, err := session.OpenCustomer(t.Context(), o)
		w.must(err)
		customer := (&phone{Customer: c, w: w}).types("780757704", theyCalled)
		if got := next[call.EndedEvent](customer).Reason; got != ending.ServerDown && got != ending.LineLost {
			t.Errorf("words %d: ended %q", number, got)
		}
		listener.Close()
	}
	outcome(t, "A20", attacks.Stopped, "a server that talks rubbish is a server that is down")
}

// talk says the same to everybody who connects, and hangs up.
func talk(listener net.Listener, data []byte) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write(data)
		conn.Close()
	}
}

// TestAttackA20PicturesTakeNoMemory: a fraudster sends a picture to open. One of
// eight bytes begins a format that the windows' toolkit links a decoder of;
// others are small files that unpack to most of a gigabyte.
func TestAttackA20PicturesTakeNoMemory(t *testing.T) {
	progressive := []byte{0xff, 0xd8, 0xff, 0xc2, 0, 17, 8, 0x13, 0x88, 0x1f, 0x40, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0} // 8000 x 5000
	progressive = append(progressive, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0)
	for name, data := range map[string][]byte{
		"TIFF": []byte("II*\x00\xf0\xff\xff\xff"), "TIFF of the other order": []byte("MM\x00*\xff\xff\xff\xf0"),
		"a progressive JPEG": progressive,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := qr.ReadImage(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if reason := ending.Of(err, ""); reason != ending.NotACode && reason != ending.ImageTooLarge {
			t.Errorf("%s: %v", name, err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 4<<20 {
			t.Errorf("%s of %d bytes takes %d MB", name, len(data), taken>>20)
		}
	}
	outcome(t, "A20", attacks.Stopped, "a picture that is made to take a computer's memory is refused by its first bytes")
}
