// These tests feed both machines with inputs of any kind in any order, invalid
// and repeated ones among them, and check what must hold whatever happens. Most
// inputs lead the story on, so that calls get as far as secure and everything
// that can happen there happens too. The same stories are fuzz targets.

package call

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

// anyReason draws reasons of the table and words that are not in it.
func anyReason(t *rapid.T) ending.Reason {
	return rapid.SampledFrom(append(ending.All(), "", "nonsense")).Draw(t, "reason")
}

// anyInput draws an input that both sides know, or one of these.
func anyInput(t *rapid.T, reason ending.Reason, own ...Input) Input {
	timer, flag := Timer(rapid.IntRange(0, int(TimerRefresh)+1).Draw(t, "timer")), rapid.Bool().Draw(t, "flag")
	return rapid.SampledFrom(append(own,
		Begin{}, Say{"x"}, End{}, ConnectionDown{}, ConnectionUp{}, ConnectionFailed{reason}, Fired{timer}, Fired{timer}, Heard{},
		TextArrived{"x"}, SASOKArrived{}, EndArrived{reason, flag}, RecordBroken{reason}, Notice{reason}, Warned{reason}, Refreshed{reason},
		nil,
	)).Draw(t, "input")
}

// watch is what holds of a step on either side.
type watch[P interface {
	Phase
	hasChannel() bool
}] struct {
	phase    P
	phases   []P
	finished bool
	secured  bool
}

// sees checks the effects of one step that led to phase.
func (w *watch[P]) sees(t *rapid.T, phase P, effects []Effect) {
	if w.phase == Ended && (phase != Ended || len(effects) > 0) {
		t.Fatalf("something happened after the end: %#v", effects)
	}
	checkLast(t, phase, afterMove(t, w.phase, phase, effects))
	if phase != w.phase && !slices.Contains(w.phases, phase) {
		t.Fatalf("%s is not listed as a phase of this side", phase)
	}
	told := 0
	for _, effect := range effects {
		switch e := effect.(type) {
		case Arm:
			if e.After <= 0 || w.finished {
				t.Fatalf("the timer %d is set to %v, finished %t", e.Timer, e.After, w.finished)
			}
		case SendText:
			if phase != Secure {
				t.Fatalf("text left in phase %s", phase)
			}
		case SendEnd:
			if !w.phase.hasChannel() || !e.Reason.Known() {
				t.Fatalf("the ending %q was sent from phase %s", e.Reason, w.phase)
			}
		case SendPing, Readmit:
			if !phase.hasChannel() && string(phase) != string(Revealed) {
				t.Fatalf("%T in phase %s", e, phase)
			}
		case Finish:
			if w.finished || phase != Ended {
				t.Fatalf("finished in phase %s, before %t", phase, w.finished)
			}
			w.finished = true
		case Tell:
			switch event := e.Event.(type) {
			case Secured:
				if w.secured {
					t.Fatal("secure twice")
				}
				w.secured = true
			case Message:
				if !w.secured {
					t.Fatal("a message before secure")
				}
			case EndedEvent:
				told++
				if !event.Reason.Known() || event.Reason == ending.Completed && !w.secured {
					t.Fatalf("ended as %q, secure %t", event.Reason, w.secured)
				}
			}
		}
	}
	if (phase == Ended && w.phase != Ended) != (told == 1) || w.finished != (phase == Ended) {
		t.Fatalf("from %s to %s %d endings were told", w.phase, phase, told)
	}
	w.phase = phase
}

// customerOn draws an input that leads a companion's call on.
func customerOn(t *rapid.T, p CustomerPhase) Input {
	switch p {
	case Idle:
		return Begin{}
	case Looking:
		return rapid.SampledFrom([]Input{LookedUp{may}, LookedUp{may}, LookedUp{stoppedBy(ending.WrongNumber)}}).Draw(t, "verdict")
	case Replying:
		return RevealArrived{}
	case ReadBack:
		return SASOKArrived{}
	case Reporting:
		return ReportDone{}
	}
	return TextArrived{"x"}
}

func customerStory(t *rapid.T) {
	var c Customer
	var revealed, sasOK, reported bool
	w := watch[CustomerPhase]{phases: CustomerPhases()}
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		in := customerOn(t, c.Phase)
		if rapid.IntRange(0, 3).Draw(t, "anything") == 0 {
			helped, reason := may, anyReason(t)
			helped.Result, helped.Reasons = verdict.Unverified, []ending.Reason{ending.RemoteControl}
			in = anyInput(t, reason,
				LookedUp{may}, LookedUp{helped}, LookedUp{stoppedBy(reason)}, LookupFailed{reason}, ReplyFailed{reason},
				RevealArrived{}, RevealBroken{reason}, RecheckFailed{reason}, RefuseArrived{reason}, ReportDone{}, Wrong{},
				Replied{Companion: "U1"}, Admitted{}, AuthorityTold{}, ReadbackTyped{true}, // the other side's
			)
		}
		before := c.Phase
		var effects []Effect
		c, effects = c.Step(in)
		if _, ok := in.(RevealArrived); ok && before == Replying {
			revealed = true
		}
		if _, ok := in.(SASOKArrived); ok && before == ReadBack {
			sasOK = true
		}
		w.sees(t, c.Phase, effects)
		for _, effect := range effects {
			switch e := effect.(type) {
			case SendReply:
				if !c.Verdict.Reply || c.Phase != Replying {
					t.Fatalf("a reply left in phase %s", c.Phase)
				}
			case SendConfirm:
				if !revealed {
					t.Fatal("confirmed without a reveal")
				}
			case SendReport:
				if reported || !e.Reason.Known() || c.Phase != Reporting {
					t.Fatalf("reported %q in phase %s, before %t", e.Reason, c.Phase, reported)
				}
				reported = true
			case Tell:
				switch event := e.Event.(type) {
				case VerdictGiven:
					if event.Output.Result == verdict.Verified && !revealed {
						t.Fatal("green without a reveal")
					}
				case ReadbackShown:
					t.Fatal("the machine knows no digits")
				case Secured:
					if !revealed || !sasOK {
						t.Fatal("secure without a reveal and the agent's word")
					}
				}
			case ShowReadback:
				if !revealed {
					t.Fatal("digits without a reveal")
				}
			case Prepare, Create, Admit, Reveal, Refuse, TellAuthority, SendSASOK, ShowFrame, Recreate:
				t.Fatalf("a companion does %T", e)
			}
		}
		if before == Reporting && c.Phase != Reporting && in != (ReportDone{}) && in != (Fired{TimerPatience}) {
			t.Fatalf("%#v cut the report short", in)
		}
	}
}

// agentOn draws an input that leads an agent's call on.
func agentOn(t *rapid.T, p AgentPhase) Input {
	switch p {
	case Idle:
		return Begin{}
	case Preparing:
		return Prepared{}
	case Creating:
		return Created{"1", time.Minute}
	case Open:
		return Replied{"U1", "", false}
	case Admitting:
		return Admitted{Enrolled: true}
	case Revealed:
		return ConfirmArrived{}
	case ReadBack:
		return ReadbackTyped{rapid.Bool().Draw(t, "right")}
	case Securing:
		return AuthorityTold{}
	}
	return TextArrived{"x"}
}

func agentStory(t *rapid.T) {
	var a Agent
	var admitted, confirmed, right, authority bool
	wrong := 0
	w := watch[AgentPhase]{phases: AgentPhases()}
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		in := agentOn(t, a.Phase)
		if rapid.IntRange(0, 3).Draw(t, "anything") == 0 {
			reason := anyReason(t)
			in = anyInput(t, reason,
				Prepared{}, PrepareFailed{reason}, Created{"1", time.Minute}, CreateFailed{reason}, Replied{"U1", "", false}, Replied{"U2", reason, false},
				Replied{"U1", "", true}, DeclineArrived{reason}, Admitted{}, Admitted{Reason: reason}, AdmitFailed{reason}, ConfirmArrived{}, ReadbackTyped{true},
				ReadbackTyped{false}, AuthorityTold{}, AuthorityRefused{reason},
				RevealArrived{}, LookedUp{may}, Wrong{}, ReportDone{}, // the other side's
			)
		}
		before := a.Phase
		var effects []Effect
		a, effects = a.Step(in)
		switch in := in.(type) {
		case Admitted:
			admitted = admitted || in.Reason == "" && before == Admitting
		case ConfirmArrived:
			confirmed = confirmed || before == Revealed
		case ReadbackTyped:
			right = right || in.Right && before == ReadBack
			if !in.Right && before == ReadBack {
				wrong++
			}
		case AuthorityTold:
			authority = authority || before == Securing
		}
		if wrong > Tries || wrong == Tries && a.Phase != Ended {
			t.Fatalf("%d wrong read-backs, and the call is %s", wrong, a.Phase)
		}
		w.sees(t, a.Phase, effects)
		for _, effect := range effects {
			switch e := effect.(type) {
			case Reveal:
				if !admitted {
					t.Fatal("revealed to a companion that was not admitted")
				}
			case TellAuthority:
				if !confirmed || !right {
					t.Fatal("the authority is told of a call without confirmation and read-back")
				}
			case SendSASOK:
				if !confirmed || !right || !authority {
					t.Fatal("the channel opened without the right read-back and the authority")
				}
			case ShowFrame:
				if admitted {
					t.Fatal("a frame of an offer that is used up")
				}
			case Finish:
				if (e.Retire != "") != before.placed() || e.Retire != "" && e.Retire != a.Ending {
					t.Fatalf("ended from %s as %q, retired as %q", before, a.Ending, e.Retire)
				}
			case Tell:
				switch event := e.Event.(type) {
				case ReadbackWrong:
					if event.TriesLeft != Tries-wrong {
						t.Fatalf("%d tries left after %d wrong ones", event.TriesLeft, wrong)
					}
				case Secured:
					if !authority {
						t.Fatal("secure without the authority")
					}
				case VerdictGiven, ReadbackShown:
					t.Fatalf("an agent is told %T", event)
				}
			case LookUp, SendReply, SendConfirm, ShowReadback, SendReport, SendDecline:
				t.Fatalf("an agent does %T", e)
			}
		}
	}
}

// rounds is how often the stories are told: a round is a hundred of them, and
// takes a part of a second.
const rounds = 20

func TestCustomerProperties(t *testing.T) {
	for range rounds {
		rapid.Check(t, customerStory)
	}
}

func TestAgentProperties(t *testing.T) {
	for range rounds {
		rapid.Check(t, agentStory)
	}
}

// FuzzCustomer plays the companion's story, led by what the fuzzer finds.
func FuzzCustomer(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0}, 64))
	f.Fuzz(rapid.MakeFuzz(customerStory))
}

// FuzzAgent plays the agent's story, led by what the fuzzer finds.
func FuzzAgent(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0}, 64))
	f.Fuzz(rapid.MakeFuzz(agentStory))
}

// FuzzOutbox: whatever acknowledgements arrive, records leave in their order
// and none is forgotten before its own acknowledgement.
func FuzzOutbox(f *testing.F) {
	f.Add(EncodeAck(1), EncodeAck(2))
	f.Add([]byte{1}, EncodeAck(1))
	f.Add([]byte{}, bytes.Repeat([]byte{0xff}, 8))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var o Outbox
		if string(o.Add(0, []byte("a"))) != "a" || o.Add(1, []byte("b")) != nil {
			t.Fatal("the queue sends out of order")
		}
		wanted := "a"
		for _, ack := range [][]byte{first, second} {
			next := o.Acknowledged(ack)
			switch {
			case wanted == "a" && bytes.Equal(ack, EncodeAck(1)):
				wanted = "b"
				if string(next) != "b" {
					t.Fatalf("%q follows", next)
				}
			case wanted == "b" && bytes.Equal(ack, EncodeAck(2)):
				wanted = ""
			}
			if string(o.InFlight()) != wanted || o.Waiting() != (wanted != "") {
				t.Fatalf("%q is on its way, not %q", o.InFlight(), wanted)
			}
		}
	})
}
