// These tests play both machines without network, clock or keys: each
// transition by a table, and what must hold for every sequence by properties.

package call

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/verdict"
)

// may is a verdict that lets the companion reply.
var may = verdict.Output{Result: verdict.Verified, Reply: true, Core: offer.Core{Start: 1}}

// stoppedBy is a verdict stopped for one reason, reported where CP1 says so.
func stoppedBy(r ending.Reason) verdict.Output {
	out := verdict.Output{Result: verdict.Stopped, Reasons: []ending.Reason{r}, Core: offer.Core{Start: 1}}
	if r == ending.WrongDirection || r == ending.WrongNumber {
		out.Report = r
	}
	return out
}

func playCustomer(t interface{ Helper() }, inputs ...Input) (Customer, []Effect) {
	t.Helper()
	var c Customer
	var last []Effect
	for _, in := range inputs {
		c, last = c.Step(in)
	}
	return c, last
}

func playAgent(t interface{ Helper() }, inputs ...Input) (Agent, []Effect) {
	t.Helper()
	var a Agent
	var last []Effect
	for _, in := range inputs {
		a, last = a.Step(in)
	}
	return a, last
}

var (
	customerReplying = []Input{Begin{}, LookedUp{may}}
	customerReadBack = append(customerReplying[:2:2], RevealArrived{})
	customerSecure   = append(customerReadBack[:3:3], SASOKArrived{})
	agentOpen        = []Input{Begin{}, Prepared{}, Created{Code: "1", Remain: time.Minute}}
	agentAdmitting   = append(agentOpen[:3:3], Replied{Companion: "U1"})
	agentRevealed    = append(agentAdmitting[:4:4], Admitted{})
	agentReadBack    = append(agentRevealed[:5:5], ConfirmArrived{})
	agentSecuring    = append(agentReadBack[:6:6], ReadbackTyped{Right: true})
	agentSecure      = append(agentSecuring[:7:7], AuthorityTold{})
)

func TestCustomerTransitions(t *testing.T) {
	held, skewed := stoppedBy(ending.OnHold), stoppedBy(ending.NotForYou)
	held.EarlierStop, skewed.Skew = true, 7*time.Second
	rows := []struct {
		name    string
		before  []Input
		input   Input
		phase   CustomerPhase
		ending  ending.Reason
		effects []Effect // in order; nil: do not compare
	}{
		{"begin asks the relay", nil, Begin{}, Looking, "", []Effect{Arm{TimerPatience, Patience}, LookUp{}}},
		{"a good offer is answered", []Input{Begin{}}, LookedUp{may}, Replying, "", []Effect{Arm{TimerPatience, Patience}, SendReply{}}},
		{"a stopped offer is never answered", []Input{Begin{}}, LookedUp{stoppedBy(ending.NotForYou)}, Ended, ending.NotForYou,
			[]Effect{Tell{VerdictGiven{stoppedBy(ending.NotForYou)}}, Finish{}, Tell{EndedEvent{Reason: ending.NotForYou}}}},
		{"an earlier stop is shown", []Input{Begin{}}, LookedUp{held}, Ended, ending.OnHold,
			[]Effect{Tell{VerdictGiven{held}}, Tell{AlertEvent{AlertEarlier}}, Finish{}, Tell{EndedEvent{Reason: ending.OnHold}}}},
		{"a clock that is off is shown", []Input{Begin{}}, LookedUp{skewed}, Ended, ending.NotForYou,
			[]Effect{Tell{VerdictGiven{skewed}}, Tell{AlertEvent{AlertClockSkew}}, Finish{}, Tell{EndedEvent{Reason: ending.NotForYou}}}},
		{"a wrong direction is reported before the end", []Input{Begin{}}, LookedUp{stoppedBy(ending.WrongDirection)}, Reporting, ending.WrongDirection,
			[]Effect{Tell{VerdictGiven{stoppedBy(ending.WrongDirection)}}, Arm{TimerPatience, ReportPatience}, SendReport{ending.WrongDirection}}},
		{"the report ends the call", []Input{Begin{}, LookedUp{stoppedBy(ending.WrongNumber)}}, ReportDone{}, Ended, ending.WrongNumber, nil},
		{"a report that hangs ends the call", []Input{Begin{}, LookedUp{stoppedBy(ending.WrongNumber)}}, Fired{TimerPatience}, Ended, ending.WrongNumber, nil},
		{"end does not cut a report short", []Input{Begin{}, LookedUp{stoppedBy(ending.WrongNumber)}}, End{}, Reporting, ending.WrongNumber, []Effect{}},
		{"the relay does not cut a report short", []Input{Begin{}, LookedUp{stoppedBy(ending.WrongNumber)}}, Notice{ending.Reported}, Reporting, ending.WrongNumber, []Effect{}},
		{"a connection that fails does not rename a stop", []Input{Begin{}, LookedUp{stoppedBy(ending.WrongNumber)}}, ConnectionFailed{ending.WrongServerKey}, Reporting, ending.WrongNumber, []Effect{}},
		{"the agent's ending does not cut a report short", append(customerReadBack[:3:3], Wrong{}), EndArrived{ending.Reported, true}, Reporting, ending.Reported, []Effect{}},
		{"nor does the relay's", append(customerReadBack[:3:3], Wrong{}), Notice{ending.Reported}, Reporting, ending.Reported, []Effect{}},
		{"no server", []Input{Begin{}}, LookupFailed{ending.ServerDown}, Ended, ending.ServerDown, []Effect{Finish{}, Tell{EndedEvent{Reason: ending.ServerDown}}}},
		{"a lookup that hangs", []Input{Begin{}}, Fired{TimerPatience}, Ended, ending.LineLost, nil},
		{"no reveal", customerReplying, Fired{TimerPatience}, Ended, ending.LineLost, nil},
		{"a newer bundle came before the reveal", customerReplying, RecheckFailed{ending.Busy}, Ended, ending.Busy, []Effect{Finish{}, Tell{EndedEvent{Reason: ending.Busy}}}},
		{"a broken reveal is forged", customerReplying, RevealBroken{ending.Forged}, Ended, ending.Forged, nil},
		{"a refusal stops", customerReplying, RefuseArrived{ending.FrameStale}, Ended, ending.FrameStale, nil},
		{"a refusal names nothing that only this computer can know", customerReplying, RefuseArrived{ending.RemoteControl}, Ended, ending.Unsupported,
			[]Effect{Tell{VerdictGiven{may.Refused(ending.Unsupported)}}, Finish{}, Tell{EndedEvent{Reason: ending.Unsupported}}}},
		{"a refusal is no completed call", customerReplying, RefuseArrived{ending.Completed}, Ended, ending.Unsupported, nil},
		{"the relay does not take the reply", customerReplying, ReplyFailed{ending.UsedCode}, Ended, ending.UsedCode,
			[]Effect{Tell{VerdictGiven{may.Refused(ending.UsedCode)}}, Finish{}, Tell{EndedEvent{Reason: ending.UsedCode}}}},
		{"cancel before green declines", customerReplying, End{}, Ended, ending.Cancelled,
			[]Effect{SendDecline{ending.Cancelled}, Finish{}, Tell{EndedEvent{Reason: ending.Cancelled}}}},
		{"wrong before green", customerReplying, Wrong{}, Reporting, ending.Reported,
			[]Effect{SendDecline{ending.Reported}, Arm{TimerPatience, ReportPatience}, SendReport{ending.Reported}}},
		{"wrong before an offer", []Input{Begin{}}, Wrong{}, Ended, ending.Reported, nil},
		{"the connection comes back while replying", customerReplying, ConnectionUp{}, Replying, "", []Effect{SendReply{}}},
		{"green needs the reveal", customerReplying, RevealArrived{}, ReadBack, "", nil},
		{"text before secure is forged", customerReadBack, TextArrived{"hello"}, Ended, ending.Forged, nil},
		{"say before secure", customerReadBack, Say{"secret"}, ReadBack, "", []Effect{Tell{AlertEvent{AlertNotYet}}}},
		{"secure", customerReadBack, SASOKArrived{}, Secure, "", []Effect{Arm{TimerQuiet, QuietAfter}, Arm{TimerLost, LostAfter}, Tell{Secured{}}}},
		{"end before secure", customerReadBack, End{}, Ended, ending.Cancelled, []Effect{SendEnd{ending.Cancelled}, Finish{}, Tell{EndedEvent{Reason: ending.Cancelled}}}},
		{"fifteen seconds without the agent", customerReadBack, Fired{TimerLost}, Ended, ending.LineLost, nil},
		{"wrong during the call", customerSecure, Wrong{}, Reporting, ending.Reported,
			[]Effect{SendEnd{ending.Reported}, Arm{TimerPatience, ReportPatience}, SendReport{ending.Reported}}},
		{"text", customerSecure, Say{"hi"}, Secure, "", []Effect{SendText{"hi"}}},
		{"text arrives", customerSecure, TextArrived{"hi"}, Secure, "", []Effect{Arm{TimerQuiet, QuietAfter}, Arm{TimerLost, LostAfter}, Tell{Message{"hi"}}}},
		{"end", customerSecure, End{}, Ended, ending.Completed, []Effect{SendEnd{ending.Completed}, Finish{}, Tell{EndedEvent{Reason: ending.Completed}}}},
		{"the agent ends", customerSecure, EndArrived{ending.Completed, true}, Ended, ending.Completed, nil},
		{"the agent ends and something is missing", customerSecure, EndArrived{ending.Completed, false}, Ended, ending.LineLost, nil},
		{"the agent cannot complete before secure", customerReadBack, EndArrived{ending.Completed, true}, Ended, ending.Cancelled, nil},
		{"a gap", customerSecure, RecordBroken{ending.LineLost}, Ended, ending.LineLost, nil},
		{"the relay cannot complete a call", customerSecure, Notice{ending.Completed}, Ended, ending.LineLost, nil},
		{"the relay's unknown word", customerSecure, Notice{"<script>"}, Ended, ending.LineLost, nil},
		{"superseded", customerReplying, Notice{ending.Superseded}, Ended, ending.Superseded, nil},
		{"revoked in the call", customerSecure, Refreshed{ending.Revoked}, Ended, ending.Revoked, nil},
		{"stale in the call", customerSecure, Refreshed{ending.StatusStale}, Secure, "", []Effect{Tell{AlertEvent{AlertStale}}}},
		{"somebody else tried", customerSecure, Warned{ending.Collision}, Secure, "", []Effect{Tell{AlertEvent{AlertCollision}}}},
		{"the connection breaks", customerSecure, ConnectionDown{}, Secure, "", []Effect{Tell{AlertEvent{AlertLost}}}},
		{"silence", customerSecure, Fired{TimerQuiet}, Secure, "", []Effect{Tell{AlertEvent{AlertLost}}}},
		{"silence is told once", append(customerSecure[:4:4], ConnectionDown{}), Fired{TimerQuiet}, Secure, "", []Effect{}},
		{"the connection is back", customerSecure, ConnectionUp{}, Secure, "", []Effect{Readmit{}}},
		{"the agent is back", append(customerSecure[:4:4], ConnectionDown{}), Heard{}, Secure, "",
			[]Effect{Arm{TimerQuiet, QuietAfter}, Arm{TimerLost, LostAfter}, Tell{AlertEvent{AlertBack}}}},
		{"a minute of silence", customerSecure, Fired{TimerLost}, Ended, ending.LineLost, nil},
		{"another TLS key on the way back", customerSecure, ConnectionFailed{ending.WrongServerKey}, Ended, ending.WrongServerKey, nil},
		{"ping", customerSecure, Fired{TimerPing}, Secure, "", []Effect{SendPing{}, Arm{TimerPing, PingEvery}}},
		{"staple is due", customerSecure, Fired{TimerRefresh}, Secure, "", []Effect{Readmit{}, Arm{TimerRefresh, RefreshEvery}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			before, _ := playCustomer(t, row.before...)
			c, effects := before.Step(row.input)
			effects = afterMove(t, before.Phase, c.Phase, effects)
			if c.Phase != row.phase || c.Ending != row.ending {
				t.Errorf("phase %s ending %q, want %s %q", c.Phase, c.Ending, row.phase, row.ending)
			}
			if row.effects != nil && len(row.effects)+len(effects) > 0 && !reflect.DeepEqual(effects, row.effects) {
				t.Errorf("effects %#v\nwant    %#v", effects, row.effects)
			}
			checkLast(t, c.Phase, effects)
		})
	}
}

func TestAgentTransitions(t *testing.T) {
	rows := []struct {
		name    string
		before  []Input
		input   Input
		phase   AgentPhase
		ending  ending.Reason
		effects []Effect
	}{
		{"begin prepares", nil, Begin{}, Preparing, "", []Effect{Arm{TimerPatience, Patience}, Prepare{}}},
		{"no such customer", []Input{Begin{}}, PrepareFailed{ending.UnknownCode}, Ended, ending.UnknownCode, []Effect{Finish{}, Tell{EndedEvent{Reason: ending.UnknownCode}}}},
		{"prepared", []Input{Begin{}}, Prepared{}, Creating, "", []Effect{Arm{TimerPatience, Patience}, Create{}}},
		{"a taken code makes another offer", []Input{Begin{}, Prepared{}}, CreateFailed{ending.UsedCode}, Creating, "", []Effect{Arm{TimerPatience, Patience}, Create{}}},
		{"three taken codes end", []Input{Begin{}, Prepared{}, CreateFailed{ending.UsedCode}, CreateFailed{ending.UsedCode}}, CreateFailed{ending.UsedCode}, Ended, ending.UsedCode, nil},
		{"collision at create", []Input{Begin{}, Prepared{}}, CreateFailed{ending.Collision}, Ended, ending.Collision, nil},
		{"the code is shown once the relay has it", []Input{Begin{}, Prepared{}}, Created{"123", time.Minute}, Open, "",
			[]Effect{Disarm{TimerPatience}, Arm{TimerExpiry, time.Minute}, Tell{CodeShown{"123"}}, ShowFrame{}, Arm{TimerFrame, offer.FramePeriod}}},
		{"a fresh frame", agentOpen, Fired{TimerFrame}, Open, "", []Effect{ShowFrame{}, Arm{TimerFrame, offer.FramePeriod}}},
		{"nobody came", agentOpen, Fired{TimerExpiry}, Ended, ending.Expired, nil},
		{"a bad reply never uses up the offer", agentOpen, Replied{"U9", ending.Forged, false}, Open, "", []Effect{Refuse{"U9", ending.Forged}}},
		{"a good reply is redeemed", agentOpen, Replied{"U1", "", false}, Admitting, "", []Effect{Arm{TimerPatience, Patience}, Admit{}}},
		{"the connection breaks while the code is shown", agentOpen, ConnectionDown{}, Open, "", []Effect{Arm{TimerPatience, Patience}}},
		{"and comes back", agentOpen, ConnectionUp{}, Open, "", []Effect{Disarm{TimerPatience}, Recreate{}}},
		{"and does not", agentOpen, Fired{TimerPatience}, Ended, ending.LineLost, nil},
		{"the customer stopped it", agentOpen, Notice{ending.WrongDirection}, Ended, ending.WrongDirection,
			[]Effect{Finish{ending.WrongDirection}, Tell{EndedEvent{Reason: ending.WrongDirection}}}},
		{"superseded", agentOpen, Notice{ending.Superseded}, Ended, ending.Superseded, nil},
		{"cancel", agentOpen, End{}, Ended, ending.Cancelled, []Effect{Finish{ending.Cancelled}, Tell{EndedEvent{Reason: ending.Cancelled}}}},
		{"declined", agentOpen, DeclineArrived{ending.Cancelled}, Ended, ending.Cancelled, nil},
		{"a decline cannot claim anything", agentOpen, DeclineArrived{ending.Completed}, Ended, ending.Cancelled, nil},
		{"the same reply while it is redeemed", agentAdmitting, Replied{"U1", "", true}, Admitting, "", []Effect{}},
		{"a second good reply ends both", agentAdmitting, Replied{"U2", "", false}, Ended, ending.Replayed, nil},
		{"a guest where a device is enrolled", agentAdmitting, AdmitFailed{ending.Guest}, Open, "", []Effect{Disarm{TimerPatience}, Refuse{"U1", ending.Guest}}},
		{"a guest, and the offer's time is over meanwhile", append(agentAdmitting[:len(agentAdmitting):len(agentAdmitting)], Fired{TimerExpiry}), AdmitFailed{ending.Guest},
			Ended, ending.Expired, []Effect{Refuse{"U1", ending.Guest}, Finish{ending.Expired}, Tell{EndedEvent{Reason: ending.Expired}}}},
		{"admitted at the last moment", append(agentAdmitting[:len(agentAdmitting):len(agentAdmitting)], Fired{TimerExpiry}), Admitted{}, Revealed, "", nil},
		{"on hold", agentAdmitting, AdmitFailed{ending.OnHold}, Ended, ending.OnHold, nil},
		{"a revoked device", agentAdmitting, Admitted{Reason: ending.Revoked}, Ended, ending.Revoked, nil},
		{"reveal only once admitted", agentAdmitting, Admitted{}, Revealed, "", []Effect{Disarm{TimerFrame}, Disarm{TimerExpiry}, Arm{TimerPatience, Patience}, Reveal{}}},
		{"the same reply gets the same reveal", agentRevealed, Replied{"U1", "", true}, Revealed, "", []Effect{Reveal{}}},
		{"no confirmation", agentRevealed, Fired{TimerPatience}, Ended, ending.LineLost, nil},
		{"opened", agentRevealed, ConfirmArrived{}, ReadBack, "", nil},
		{"one wrong read-back", agentReadBack, ReadbackTyped{false}, ReadBack, "", []Effect{Tell{ReadbackWrong{2}}}},
		{"three wrong read-backs", append(agentReadBack[:6:6], ReadbackTyped{}, ReadbackTyped{}), ReadbackTyped{}, Ended, ending.ReadbackFailed,
			[]Effect{Tell{ReadbackWrong{0}}, SendEnd{ending.ReadbackFailed}, Finish{ending.ReadbackFailed}, Tell{EndedEvent{Reason: ending.ReadbackFailed}}}},
		{"no read-back in five minutes", agentReadBack, Fired{TimerExpiry}, Ended, ending.Expired, nil},
		{"the right read-back tells the authority first", agentReadBack, ReadbackTyped{true}, Securing, "", []Effect{Disarm{TimerExpiry}, Arm{TimerPatience, Patience}, TellAuthority{}}},
		{"the authority does not answer", agentSecuring, Fired{TimerPatience}, Ended, ending.LineLost,
			[]Effect{SendEnd{ending.LineLost}, Finish{ending.LineLost}, Tell{EndedEvent{Reason: ending.LineLost}}}},
		{"the authority refuses", agentSecuring, AuthorityRefused{ending.Collision}, Ended, ending.Collision, nil},
		{"secure", agentSecuring, AuthorityTold{}, Secure, "",
			[]Effect{Arm{TimerQuiet, QuietAfter}, Arm{TimerLost, LostAfter}, Disarm{TimerPatience}, SendSASOK{}, Tell{Secured{}}}},
		{"a right read-back is not secure yet", agentSecuring, Say{"x"}, Securing, "", []Effect{Tell{AlertEvent{AlertNotYet}}}},
		{"text before secure is forged", agentReadBack, TextArrived{"x"}, Ended, ending.Forged, nil},
		{"end", agentSecure, End{}, Ended, ending.Completed, []Effect{SendEnd{ending.Completed}, Finish{ending.Completed}, Tell{EndedEvent{Reason: ending.Completed}}}},
		{"reported", agentSecure, EndArrived{ending.Reported, true}, Ended, ending.Reported, nil},
		{"silence", agentSecure, Fired{TimerQuiet}, Secure, "", []Effect{Tell{AlertEvent{AlertLost}}}},
		{"a minute of silence", agentSecure, Fired{TimerLost}, Ended, ending.LineLost, nil},
		{"the connection is back", agentSecure, ConnectionUp{}, Secure, "", []Effect{Readmit{}}},
		{"the connection is back before the confirmation", agentRevealed, ConnectionUp{}, Revealed, "", []Effect{Readmit{}}},
		{"re-admitted before the confirmation", agentRevealed, Refreshed{}, Revealed, "", []Effect{Reveal{}}},
		{"the connection is back while redeeming", agentAdmitting, ConnectionUp{}, Admitting, "", []Effect{Admit{}}},
		{"re-admitted while the authority is told", agentSecuring, Refreshed{}, Securing, "", []Effect{TellAuthority{}}},
		{"a fresh frame while redeeming", agentAdmitting, Fired{TimerFrame}, Admitting, "", []Effect{ShowFrame{}, Arm{TimerFrame, offer.FramePeriod}}},
		{"revoked device", agentSecure, Refreshed{ending.Revoked}, Ended, ending.Revoked, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			before, _ := playAgent(t, row.before...)
			a, effects := before.Step(row.input)
			effects = afterMove(t, before.Phase, a.Phase, effects)
			if a.Phase != row.phase || a.Ending != row.ending {
				t.Errorf("phase %s ending %q, want %s %q", a.Phase, a.Ending, row.phase, row.ending)
			}
			if row.effects != nil && len(row.effects)+len(effects) > 0 && !reflect.DeepEqual(effects, row.effects) {
				t.Errorf("effects %#v\nwant    %#v", effects, row.effects)
			}
			checkLast(t, a.Phase, effects)
		})
	}
}

// afterMove: a new phase is told first, once, and only when it is new. It
// returns the other effects, which the tables list.
func afterMove[P Phase](t interface {
	Helper()
	Errorf(string, ...any)
}, from, to P, effects []Effect) []Effect {
	t.Helper()
	if from != to {
		if len(effects) == 0 || effects[0] != (Tell{Moved[P]{to}}) {
			t.Errorf("from %s to %s, and the first effect is not to tell it: %#v", from, to, effects)
			return effects
		}
		effects = effects[1:]
	}
	for _, e := range effects {
		if tell, ok := e.(Tell); ok {
			switch again := tell.Event.(type) {
			case Moved[AgentPhase], Moved[CustomerPhase]:
				t.Errorf("from %s to %s, and %v is told as well", from, to, again)
			}
		}
	}
	return effects
}

// checkLast: the ending is told exactly when the phase is Ended, and last.
func checkLast[P Phase](t interface {
	Helper()
	Errorf(string, ...any)
}, p P, effects []Effect) {
	t.Helper()
	told := 0
	for i, e := range effects {
		if tell, ok := e.(Tell); ok {
			if _, ended := tell.Event.(EndedEvent); ended {
				told++
				if i != len(effects)-1 {
					t.Errorf("the ending is not told last: %#v", effects)
				}
			}
		}
	}
	if told > 1 || told == 1 && p != Ended {
		t.Errorf("%d endings told in phase %s", told, p)
	}
}

// TestTheMachineSaysWhoAnswered: a guest is never told as an enrolled device,
// whatever was known before.
func TestTheMachineSaysWhoAnswered(t *testing.T) {
	for _, enrolled := range []bool{true, false} {
		_, effects := playAgent(t, append(agentAdmitting[:4:4], Admitted{Enrolled: enrolled}, ConfirmArrived{})...)
		if !slices.Contains(effects, Effect(Tell{Opened{enrolled}})) {
			t.Errorf("enrolled %t: %#v", enrolled, effects)
		}
	}
}

// TestStoryGoesThroughEveryPhase plays the calls that reach each listed phase:
// a screen that is drawn for a phase is then one that people can meet.
func TestStoryGoesThroughEveryPhase(t *testing.T) {
	var a Agent
	var effects, told []Effect
	for _, in := range append(agentSecure[:8:8], End{}) {
		a, effects = a.Step(in)
		told = append(told, effects...)
	}
	if got := phasesTold[AgentPhase](told); !slices.Equal(got, AgentPhases()) {
		t.Errorf("an agent's call went through %v, listed are %v", got, AgentPhases())
	}
	var c Customer
	told = nil
	for _, in := range append(customerSecure[:4:4], Wrong{}, ReportDone{}) {
		c, effects = c.Step(in)
		told = append(told, effects...)
	}
	if got := phasesTold[CustomerPhase](told); !slices.Equal(got, CustomerPhases()) {
		t.Errorf("a companion's call went through %v, listed are %v", got, CustomerPhases())
	}
}

func phasesTold[P Phase](effects []Effect) (phases []P) {
	for _, e := range effects {
		if tell, ok := e.(Tell); ok {
			if moved, ok := tell.Event.(Moved[P]); ok {
				phases = append(phases, moved.Phase)
			}
		}
	}
	return phases
}

func TestThePeerClaimsNothingThatOnlyThisSideCanKnow(t *testing.T) {
	for _, test := range []struct {
		claim            ending.Reason
		secure, complete bool
		want             ending.Reason
	}{
		{ending.Completed, true, true, ending.Completed},
		{ending.Completed, false, true, ending.Cancelled},
		{ending.Completed, true, false, ending.LineLost},
		{ending.Reported, true, true, ending.Reported},
		{ending.RemoteControl, true, true, ending.Cancelled},
		{ending.NoKeyring, true, true, ending.Cancelled},
		{ending.WrongDirection, true, true, ending.Cancelled},
		{ending.Guest, true, true, ending.Cancelled},
		{"something new", true, true, ending.Cancelled},
	} {
		if got := ofPeer(test.claim, test.secure, test.complete); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// TestUndelivered: what is told is what is known. Records 1, 2 and 4 are texts.
func TestUndelivered(t *testing.T) {
	acks := func(o *Outbox, records uint64) {
		for n := range records {
			o.Acknowledged(EncodeAck(n + 1))
		}
	}
	for name, test := range map[string]struct {
		then func(*Outbox)
		want Undelivered
	}{
		"all acknowledged":                     {func(o *Outbox) { acks(o, 5) }, Undelivered{}},
		"nothing left":                         {func(*Outbox) {}, Undelivered{NotArrived: 3}},
		"the first left, and is no text":       {(*Outbox).Left, Undelivered{NotArrived: 3}},
		"the first text left":                  {func(o *Outbox) { acks(o, 1); o.Left() }, Undelivered{NotArrived: 2, NotConfirmed: 1}},
		"the last text left":                   {func(o *Outbox) { acks(o, 4); o.Left() }, Undelivered{NotConfirmed: 1}},
		"only what follows is open":            {func(o *Outbox) { acks(o, 5); o.Add(5, []byte("end")); o.Left() }, Undelivered{}},
		"they have all":                        {func(o *Outbox) { o.Left(); o.Took(5) }, Undelivered{}},
		"they have it, acknowledged or not":    {func(o *Outbox) { acks(o, 1); o.Left(); o.Took(2) }, Undelivered{NotArrived: 2}},
		"acknowledged, but they say otherwise": {func(o *Outbox) { acks(o, 5); o.Took(4) }, Undelivered{NotArrived: 1}},
		"an acknowledgement after their word":  {func(o *Outbox) { acks(o, 4); o.Left(); o.Took(4); acks(o, 5) }, Undelivered{NotArrived: 1}},
		"an acknowledgement after giving up":   {func(o *Outbox) { acks(o, 4); o.Left(); o.Drop(); acks(o, 5) }, Undelivered{NotConfirmed: 1}},
		"typed when nothing was sent any more": {func(o *Outbox) { acks(o, 5); o.Unsent() }, Undelivered{NotArrived: 1}},
		"and one of unknown fate before it":    {func(o *Outbox) { acks(o, 4); o.Left(); o.Unsent() }, Undelivered{NotArrived: 1, NotConfirmed: 1}},
	} {
		var o Outbox
		for seq := range uint64(5) {
			if seq == 0 || seq == 3 {
				o.Add(seq, []byte("ping"))
			} else {
				o.AddText(seq, []byte("text"))
			}
		}
		test.then(&o)
		if got := o.Undelivered(); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestOutbox(t *testing.T) {
	var o Outbox
	if o.Add(0, []byte("a")) == nil {
		t.Fatal("the first record is not sent at once")
	}
	if o.Add(1, []byte("b")) != nil {
		t.Fatal("a second record overtakes the first")
	}
	for _, ack := range [][]byte{nil, EncodeAck(0), EncodeAck(2), {1}} {
		if o.Acknowledged(ack) != nil || string(o.InFlight()) != "a" {
			t.Fatalf("acknowledgement %v moved the queue", ack)
		}
	}
	if string(o.Acknowledged(EncodeAck(1))) != "b" {
		t.Fatal("the second record does not follow the acknowledgement of the first")
	}
	if o.Acknowledged(EncodeAck(2)) != nil || o.Waiting() {
		t.Fatal("the queue is not empty in the end")
	}
}
