// This file tests the gate between clients made by hand and a relay made by
// hand, on pipes. The clock is that of testing/synctest: no real time passes, and
// what arrives at once arrives without any.

package gate

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/session/bank/limit"
)

// scene is a gate with a relay behind it that answers nothing by itself.
type scene struct {
	*testing.T
	gate *Gate

	mu   sync.Mutex
	last uint64
	got  map[uint64]*relayEnd
}

// relayEnd is the relay's end of one connection.
type relayEnd struct {
	net.Conn
	id    uint64
	lines chan arrival
}

// arrival is a line that reached the relay, with the time at which it did.
type arrival struct {
	text string
	at   time.Time
}

func limits() limit.Limits {
	l := limit.Default()
	l.MessageBurst, l.MessagesPerMinute = 5, 60
	return l
}

// play runs a test against a gate, in a bubble of its own time.
func play(t *testing.T, l limit.Limits, test func(s *scene)) {
	certificate := selfSigned(t)
	synctest.Test(t, func(t *testing.T) {
		s := &scene{T: t, got: map[uint64]*relayEnd{}}
		s.gate = New(Options{
			Certificate: certificate, Inside: s.inside, Limits: l, MaxPayload: 266_240,
			Free:   func(_ string, body []byte) bool { return string(body) == "ack" },
			Logger: slog.New(slog.DiscardHandler),
		})
		defer s.gate.Close() // also when the test gives up: whoever waits is released
		test(s)
	})
}

// pass lets the bubble's time go by.
func (s *scene) pass(d time.Duration) {
	over, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	<-over.Done()
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (s *scene) inside() (net.Conn, error) {
	ours, theirs := net.Pipe()
	s.mu.Lock()
	s.last++
	r := &relayEnd{Conn: theirs, id: s.last, lines: make(chan arrival, 1000)}
	s.got[r.id] = r
	s.mu.Unlock()
	go r.serve()
	return ours, nil
}

// serve greets and notes down every line. Bodies here are lines too.
func (r *relayEnd) serve() {
	defer close(r.lines)
	_, _ = fmt.Fprintf(r, "INFO {\"client_id\":%d,\"nonce\":\"n\",\"tls_available\":true}\r\n", r.id)
	in := bufio.NewReaderSize(r.Conn, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		r.lines <- arrival{strings.TrimSpace(line), time.Now()}
	}
}

// arrived are the lines that are there when everything has come to rest.
func (r *relayEnd) arrived() (lines []arrival) {
	synctest.Wait()
	for {
		select {
		case l, open := <-r.lines:
			if !open {
				return lines
			}
			lines = append(lines, l)
		default:
			return lines
		}
	}
}

// client is a client's end, with the relay's number for it.
type client struct {
	*tls.Conn
	in    *bufio.Reader
	relay *relayEnd
}

type addressed struct {
	net.Conn
	from net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.from }

// dial connects from an address, as far as the relay's INFO; nil: closed at once.
func (s *scene) dial(address string) *client {
	s.Helper()
	ours, theirs := net.Pipe()
	if !s.gate.enter(addressed{ours, &net.TCPAddr{IP: net.ParseIP(address), Port: 1}}) {
		return nil
	}
	c := &client{Conn: tls.Client(theirs, &tls.Config{InsecureSkipVerify: true})}
	c.in = bufio.NewReader(c)
	info, err := c.in.ReadString('\n')
	if err != nil {
		s.Fatal(err)
	}
	if !strings.Contains(info, `"tls_required":true`) || strings.Contains(info, "tls_available") {
		s.Errorf("the client reads %s", info)
	}
	s.mu.Lock()
	c.relay = s.got[s.last]
	s.mu.Unlock()
	return c
}

// connected is a client that was let in.
func (s *scene) connected(address string) *client {
	s.Helper()
	c := s.dial(address)
	if c == nil {
		s.Fatal("closed at once")
	}
	c.send("CONNECT {}\r\n")
	if _, placed := s.place(c, Client{Nkey: fmt.Sprint("U", c.relay.id)}); !placed {
		s.Fatal("no place")
	}
	if lines := c.relay.arrived(); len(lines) != 1 || lines[0].text != "CONNECT {}" {
		s.Fatalf("the relay reads %v", lines)
	}
	return c
}

func (s *scene) place(c *client, p Client) (string, bool) {
	p.ID = c.relay.id
	return s.gate.Place(p)
}

// send writes without waiting for the other end.
func (c *client) send(text string) { go func() { _, _ = c.Write([]byte(text)) }() }

// ended reports whether the gate has closed the connection, and how it was
// told. It reads all that was still on its way.
func (c *client) ended() (told string, ended bool) {
	synctest.Wait()
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	text, err := io.ReadAll(c.in)
	if netErr, ok := err.(net.Error); ok && netErr.Timeout() {
		return string(text), false
	}
	return string(text), true
}

// TestWhatComesTooFastIsReadLater: five at once and one a second, in order, and
// none is lost.
func TestWhatComesTooFastIsReadLater(t *testing.T) {
	play(t, limits(), func(s *scene) {
		c := s.connected("192.0.2.1")
		begun := time.Now()
		var messages strings.Builder
		for n := range 10 {
			fmt.Fprintf(&messages, "PUB cp1.up.N 2\r\n%02d\r\n", n)
		}
		c.send(messages.String())
		s.pass(time.Minute)
		var bodies []arrival
		for _, l := range c.relay.arrived() {
			if len(l.text) == 2 {
				bodies = append(bodies, l)
			}
		}
		if len(bodies) != 10 {
			t.Fatalf("%d of 10 messages arrived: %v", len(bodies), bodies)
		}
		for n, b := range bodies {
			if late := b.at.Sub(begun); b.text != fmt.Sprintf("%02d", n) || late != time.Duration(max(0, n-4))*time.Second {
				t.Errorf("message %d is %s after %v", n, b.text, late)
			}
		}
	})
}

// TestAcknowledgementsAreFree: they arrive at once when the bucket of messages
// is empty, and take nothing from it; a flood of them has an end too.
func TestAcknowledgementsAreFree(t *testing.T) {
	play(t, limits(), func(s *scene) {
		c := s.connected("192.0.2.1")
		acknowledgements := func(n int) string { return strings.Repeat("PUB cp1.up.N 3\r\nack\r\n", n) }
		messages := strings.Repeat("PUB cp1.up.N 3\r\nabc\r\n", 5)
		c.send(acknowledgements(5) + messages + acknowledgements(5))
		if n := len(c.relay.arrived()); n != 2*15 {
			t.Errorf("%d lines arrived at once", n)
		}
		c.send(acknowledgements(10))
		if n := len(c.relay.arrived()); n != 0 {
			t.Errorf("%d lines of a flood of acknowledgements arrived at once", n)
		}
	})
}

// TestBytesAreCounted: the whole burst, and then as many as a second brings.
func TestBytesAreCounted(t *testing.T) {
	l := limits()
	l.ByteBurst, l.BytesPerSecond = limit.MinByteBurst, 100<<10
	play(t, l, func(s *scene) {
		c := s.connected("192.0.2.1")
		body := strings.Repeat("x", 200<<10)
		message := fmt.Sprintf("PUB cp1.up.N %d\r\n%s\r\n", len(body), body)
		c.send(message + message)
		if n := len(c.relay.arrived()); n != 3 { // a message, and the line of the next
			t.Errorf("%d lines arrived at once", n)
		}
		s.pass(time.Minute)
		lines := c.relay.arrived()
		if len(lines) != 1 || lines[0].at.Sub(time.Now().Add(-time.Minute)) < time.Second {
			t.Errorf("%d lines arrived later", len(lines))
		}
	})
}

// TestAnnouncedBytesAreNotCounted: who only says that large messages follow takes
// nothing of what an address shares; and who sends them, little at one time.
func TestAnnouncedBytesAreNotCounted(t *testing.T) {
	l := limits()
	l.ByteBurst, l.BytesPerSecond = limit.MinByteBurst, 100<<10
	play(t, l, func(s *scene) {
		for _, sent := range []int{0, 200 << 10} {
			for range 60 {
				c := s.connected("192.0.2.1")
				c.send(fmt.Sprintf("PUB cp1.lookup.N %d\r\n%s", 200<<10, strings.Repeat("x", sent)))
			}
			s.pass(10 * time.Second)
			customer := s.connected("192.0.2.1")
			before := time.Now()
			customer.send("PUB cp1.lookup.N 3\r\nabc\r\n")
			s.pass(time.Minute)
			if lines := customer.relay.arrived(); len(lines) != 2 || lines[1].at.Sub(before) > 2*time.Second {
				t.Errorf("with %d bytes sent by each: %d lines arrived, %v", sent, len(lines), lines)
			}
		}
	})
}

// TestSlowBodyIsCutOff: a message that was begun is here in 20 s, what it was
// made to wait for not counted.
func TestSlowBodyIsCutOff(t *testing.T) {
	l := limits()
	l.ByteBurst, l.BytesPerSecond = limit.MinByteBurst, 10<<10
	play(t, l, func(s *scene) {
		body := strings.Repeat("x", 260<<10)
		honest, idle := s.connected("192.0.2.1"), s.connected("192.0.2.2")
		message := fmt.Sprintf("PUB cp1.up.N %d\r\n%s\r\n", len(body), body)
		honest.send(message + message) // the second one waits for 24 s
		idle.send(message[:100<<10])
		s.pass(bodyWithin - time.Second)
		if _, over := idle.ended(); over {
			t.Error("cut off too early")
		}
		s.pass(time.Minute)
		if _, over := idle.ended(); !over {
			t.Error("a message that does not end is waited for")
		}
		if n := len(honest.relay.arrived()); n != 4 {
			t.Errorf("%d lines of a message that had to wait arrived", n)
		}
	})
}

// TestStrangersOfAnAddressShare: its second connection finds the address's
// bucket empty, another address does not, nor does the companion of a call.
func TestStrangersOfAnAddressShare(t *testing.T) {
	l := limits()
	l.MessageBurst, l.MessagesPerMinute = 1, 1
	play(t, l, func(s *scene) {
		message := "PUB cp1.up.N 3\r\nabc\r\n"
		for range addressMessages {
			c := s.connected("192.0.2.1")
			c.send(message)
			if n := len(c.relay.arrived()); n != 2 {
				t.Fatal("within the bucket of the address")
			}
		}
		late, calling, other := s.connected("192.0.2.1"), s.connected("192.0.2.1"), s.connected("192.0.2.2")
		s.gate.Vouch(fmt.Sprint("U", calling.relay.id))
		for _, c := range []*client{late, calling, other} {
			c.send(message)
		}
		if n := len(late.relay.arrived()); n != 0 {
			t.Error("strangers of one address do not share a bucket")
		}
		if len(calling.relay.arrived()) != 2 || len(other.relay.arrived()) != 2 {
			t.Error("a call in progress, or another address, waits for them")
		}
	})
}

// TestWhoDoesNotReadIsCutOff: by bytes at once, by time with few of them.
func TestWhoDoesNotReadIsCutOff(t *testing.T) {
	play(t, limits(), func(s *scene) {
		body := strings.Repeat("x", 100<<10)
		message := fmt.Appendf(nil, "MSG _INBOX_N.x 1 %d\r\n%s\r\n", len(body), body)
		c := s.connected("192.0.2.1")
		taken := 0
		for range 100 {
			n, err := c.relay.Write(message)
			if taken += n; err != nil {
				break
			}
		}
		synctest.Wait()
		if taken > maxWaiting+len(message) {
			t.Errorf("%d bytes wait for one who does not read", taken)
		}
		if s.strangers() != 0 {
			t.Error("it keeps its place")
		}

		few := s.connected("192.0.2.1")
		if _, err := few.relay.Write([]byte("PING\r\n")); err != nil {
			t.Fatal(err)
		}
		s.pass(writeWithin - time.Second)
		if synctest.Wait(); s.strangers() != 1 {
			t.Error("cut off too early")
		}
		s.pass(2 * time.Second)
		if synctest.Wait(); s.strangers() != 0 {
			t.Error("who reads nothing for six seconds keeps its place")
		}
	})
}

// strangers is how many places strangers hold.
func (s *scene) strangers() int {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	return s.gate.strangers
}

// TestWhoReadsGetsEverything that is larger than what may wait at once.
func TestWhoReadsGetsEverything(t *testing.T) {
	play(t, limits(), func(s *scene) {
		c := s.connected("192.0.2.1")
		body := bytes.Repeat([]byte("x"), 100<<10)
		message := fmt.Appendf(nil, "MSG _INBOX_N.x 1 %d\r\n%s\r\n", len(body), body)
		const messages = 20
		go func() {
			for range messages {
				_, _ = c.relay.Write(message)
				s.pass(time.Millisecond) // everybody else comes to rest
			}
			c.relay.Close()
		}()
		all, err := io.ReadAll(c.in)
		if err != nil && err != io.ErrUnexpectedEOF || len(all) != messages*len(message) {
			t.Errorf("read %d bytes of %d: %v", len(all), messages*len(message), err)
		}
	})
}

func TestWhoBreaksPermissionsIsCutOff(t *testing.T) {
	l := limits()
	l.Violations = 3
	play(t, l, func(s *scene) {
		c := s.connected("192.0.2.1")
		violation := "-ERR 'Permissions Violation for Publish to \"x\"'\r\n"
		for range 2 {
			_, _ = io.WriteString(c.relay, violation)
		}
		if told, ended := c.ended(); ended || told != violation+violation {
			t.Errorf("after two: ended %t, told %q", ended, told)
		}
		_, _ = io.WriteString(c.relay, violation)
		if _, ended := c.ended(); !ended {
			t.Error("after three it goes on")
		}
	})
}

// TestNothingButAClientsNATS: what is not an operation of a client ends the
// connection, and the relay never sees it.
func TestNothingButAClientsNATS(t *testing.T) {
	play(t, limits(), func(s *scene) {
		for _, text := range []string{
			"PUB cp1.up.N 1\r\nx\r\n", // before CONNECT
			"CONNECT x\r\n",
			"CONNECT {\"user\":\"CP1\",\"pass\":\"x\"}\r\n",
			"CONNECT {\"USER\":\"CP1\"}\r\n",
			"CONNECT {\"jwt\":\"x\"}\r\n",
			"CONNECT " + strings.Repeat(" ", maxLine) + "{}\r\n",
			"CONNECT {}\r\nCONNECT {}\r\n",
			"CONNECT {}\r\nMSG x 1 1\r\nx\r\n",
			"CONNECT {}\r\nINFO {}\r\n",
			"CONNECT {}\r\nRS+ x\r\n",
			"CONNECT {}\r\nPUB x\r\n",
			"CONNECT {}\r\nPUB x y z 1\r\nx\r\n",
			"CONNECT {}\r\nPUB x -1\r\n",
			"CONNECT {}\r\nPUB x 266241\r\n",
			"CONNECT {}\r\nPUB x 99999999999999999999\r\n",
			"CONNECT {}\r\nSUB x\r\n",
			"CONNECT {}\r\nSUB a b c d\r\n",
			"CONNECT {}\r\nPING x\r\n",
			"CONNECT {}\r\n\r\n",
		} {
			c := s.dial("192.0.2.1")
			c.send(text)
			_, ended := c.ended()
			lines := c.relay.arrived()
			if !ended || len(lines) > 1 || len(lines) == 1 && lines[0].text != "CONNECT {}" {
				t.Errorf("%q: ended %t, the relay reads %v", text, ended, lines)
			}
			c.Close()
		}
		c := s.connected("192.0.2.1")
		c.send("SUB _INBOX_N.>   1\nPUB  cp1.up.N\t1\r\nx\r\nPING\r\n")
		var read []string
		for _, l := range c.relay.arrived() {
			read = append(read, l.text)
		}
		if got := strings.Join(read, "|"); got != "SUB _INBOX_N.> 1|PUB cp1.up.N 1|x|PING" {
			t.Errorf("the relay reads %q", got)
		}
	})
}

// TestWhoBeginsAMessageEndsIt: half a message does not hold the connection, and
// what came before it is handed on at once.
func TestWhoBeginsAMessageEndsIt(t *testing.T) {
	play(t, limits(), func(s *scene) {
		c := s.connected("192.0.2.1")
		c.send("PUB a 1\r\nx\r\nPUB b 200000\r\nyyy")
		if lines := c.relay.arrived(); len(lines) < 2 || lines[1].text != "x" {
			t.Errorf("the relay reads %v", lines)
		}
		s.pass(bodyWithin + time.Second)
		if _, ended := c.ended(); !ended {
			t.Error("half a message keeps its connection")
		}
	})
}

// TestPlaces: the numbers of a small server.
func TestPlaces(t *testing.T) {
	l := limits()
	l.Connections = 64 // 16 kept, 48 for strangers, 6 for an address
	play(t, l, func(s *scene) {
		take := func(address string, p Client) (*client, bool) {
			c := s.dial(address)
			if c == nil {
				t.Fatalf("%s: closed at once", address)
			}
			c.send("CONNECT {}\r\n")
			synctest.Wait()
			p.Nkey = fmt.Sprint("U", c.relay.id)
			got, placed := s.place(c, p)
			if placed && got != address {
				t.Errorf("%s is told as %s", address, got)
			}
			return c, placed
		}
		count := func(form string, most int, p Client) (n int) {
			for i := range most {
				c, placed := take(strings.ReplaceAll(form, "*", fmt.Sprint(i+1)), p)
				if placed {
					n++
					continue
				}
				_, _ = io.WriteString(c.relay, "-ERR 'Authorization Violation'\r\n")
				if told, _ := c.ended(); told != fullLine {
					t.Errorf("who finds no place is told %q", told)
				}
				c.Close()
			}
			return n
		}
		if n := count("192.0.2.1", 10, Client{}); n != 6 {
			t.Errorf("one address got %d places", n)
		}
		if _, placed := take("192.0.2.1", Client{Calling: true}); !placed {
			t.Error("a call in progress has no place beside them")
		}
		if _, placed := take("192.0.2.1", Client{AgentID: 1}); !placed {
			t.Error("an agent has no place beside them")
		}
		if n := count("2001:db8:1:*::1", 40, Client{}); n != 24 {
			t.Errorf("one IPv6 site got %d places", n)
		}
		if n := count("2001:db8:1:1::2", 1, Client{}); n != 0 {
			t.Error("a full site has a place")
		}
		if n := count("198.51.100.*", 30, Client{}); n != 18 {
			t.Errorf("the rest of the strangers got %d places", n)
		}
		if n := count("203.0.113.1", 10, Client{AgentID: 2}); n != 10 || len(s.gate.agents[2]) != maxPerAgent {
			t.Errorf("an agent was let in %d times and has %d connections", n, len(s.gate.agents[2]))
		}
		synctest.Wait()
		if s.gate.others != 2+maxPerAgent {
			t.Errorf("%d agents and calls are counted", s.gate.others)
		}
	})
}

// TestPlacesComeBack: who leaves, whatever it was, leaves nothing behind.
func TestPlacesComeBack(t *testing.T) {
	play(t, limits(), func(s *scene) {
		var all []*client
		for i, p := range []Client{{}, {Calling: true}, {AgentID: 7}, {AgentID: 7}} {
			c := s.dial("2001:db8::1")
			c.send("CONNECT {}\r\n")
			synctest.Wait()
			p.Nkey = fmt.Sprint("U", i)
			s.place(c, p)
			all = append(all, c)
		}
		all = append(all, s.dial("192.0.2.9")) // proves nothing
		s.gate.Vouch("U0")
		if s.gate.strangers != 0 || s.gate.others != 4 || s.gate.unproven != 1 {
			t.Errorf("%d strangers, %d others, %d unproven", s.gate.strangers, s.gate.others, s.gate.unproven)
		}
		for _, c := range all {
			c.Close()
		}
		synctest.Wait()
		g := s.gate
		if g.strangers+g.others+g.unproven+len(g.byID)+len(g.byNkey)+len(g.networks)+len(g.greeting)+len(g.agents) != 0 {
			t.Errorf("left behind: %+v", g)
		}
	})
}

// TestManyGreetingsKeepNobodyOut: addresses that fill all places of those who
// have not proven anything give way to one that has few.
func TestManyGreetingsKeepNobodyOut(t *testing.T) {
	l := limits()
	l.Connections = 800
	play(t, l, func(s *scene) {
		fill := func() {
			for i := range 10 {
				for range maxUnproven {
					s.dial(fmt.Sprint("198.51.100.", i))
				}
			}
		}
		fill()
		customer := s.dial("192.0.2.1")
		if customer == nil {
			t.Fatal("the customer is kept out")
		}
		fill()
		for i := range 2 * maxUnproven {
			s.dial(fmt.Sprintf("2001:db8:0:%x::1", i))
		}
		if n := len(s.gate.greeting); n != 12 { // ten addresses, the customer, and the site
			t.Errorf("%d groups share the places", n)
		}
		if n, most := s.gate.unproven, maxUnproven+l.Connections/addressPart; n != most {
			t.Errorf("%d greet at a time, want %d", n, most)
		}
		customer.send("CONNECT {}\r\n")
		synctest.Wait()
		if _, placed := s.place(customer, Client{Nkey: "U"}); !placed {
			t.Error("the customer is cut off while it greets")
		}
	})
}

// TestWhoProvesNothingIsBounded: few of an address at a time, of which the oldest
// give way, and few a minute; agents do not count.
func TestWhoProvesNothingIsBounded(t *testing.T) {
	l := limits()
	l.ConnectsPerAddress = 60
	play(t, l, func(s *scene) {
		var held []*client
		for range 50 {
			held = append(held, s.dial("192.0.2.1"))
		}
		for i, c := range held {
			if _, over := c.ended(); over != (i < 50-maxUnproven) {
				t.Errorf("connection %d of 50 is over: %v", i, over)
			}
			c.Close()
		}
		synctest.Wait()
		n := len(held)
		for c := s.dial("192.0.2.1"); c != nil && n < 100; c = s.dial("192.0.2.1") {
			c.Close()
			synctest.Wait()
			n++
		}
		if n != 60 {
			t.Errorf("%d in one minute", n)
		}
		for i := range 70 {
			c := s.dial("192.0.2.2")
			if c == nil {
				t.Fatalf("agent %d of a call centre is refused", i)
			}
			c.send("CONNECT {}\r\n")
			synctest.Wait()
			s.place(c, Client{Nkey: fmt.Sprint("A", i), AgentID: uint64(i + 1)})
		}
	})
}
