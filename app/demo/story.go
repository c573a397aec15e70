// This file owns the story: two calls, step by step, and what each step must
// bring.

package main

import (
	"context"
	"fmt"
	"time"

	"countersign/app/demo/programs"
)

// The agent.
const (
	agentName       = "Robin Nowak"
	agentRole       = "Adviser"
	agentDepartment = "Card payments"
)

// play plays both acts.
func (s *stage) play(ctx context.Context) error {
	s.page.chapter("1. A genuine call",
		"The bank dials the number that it has on file. Both sides prove themselves before anything sensitive is said.")
	s.page.head("BANK: the agent's computer", "CUSTOMER: the customer's computer")
	if err := s.genuineCall(ctx, dialogue{
		greeting: "Good morning, " + bankName + " calling about a card payment.",
		question: "Did you pay 120.00 EUR to Radio Shop today?",
		answer:   "Yes, that was me.",
	}); err != nil {
		return fmt.Errorf("in the genuine call: %w", err)
	}
	s.proven = append(s.proven,
		"Each side proved itself to the other before anything sensitive was said, and each chat line arrived.")
	s.page.chapter("2. A fraudster between two calls",
		"A fraudster phones the bank as the customer, phones the customer as the bank, and passes on what each side says. "+
			"The agent and the code are real; only the customer's answer to \"How did this call begin?\" gives the fraudster away.")
	s.page.head("BANK: the agent's computer", "CUSTOMER: the customer's computer")
	if err := s.relayedCall(ctx); err != nil {
		return fmt.Errorf("in the fraudster's call: %w", err)
	}
	if err := s.secondTry(ctx); err != nil {
		return fmt.Errorf("in the fraudster's second try: %w", err)
	}
	s.row(time.Now(), bankSide, typing, "ends the call and dials the customer's number on file.")
	if err := s.genuineCall(ctx, dialogue{
		greeting: "This is " + bankName + ". Somebody pretended to be us. First let us prove who we are.",
		question: "We never ask you to move money to keep it safe. Is your account as you left it?",
		answer:   "Yes. I have told them nothing.",
	}); err != nil {
		return fmt.Errorf("in the bank's own call after the fraud: %w", err)
	}
	s.proven = append(s.proven,
		"The bank's own call to the number on file was verified all the same: a hold does not cut the customer off.")
	return nil
}

// dialogue is what is said and written in a call.
type dialogue struct{ greeting, question, answer string }

// genuineCall is a call that the bank dials, with a chat line each way.
func (s *stage) genuineCall(ctx context.Context, words dialogue) error {
	agent, code, err := s.offer(ctx, "bank-called")
	if err != nil {
		return err
	}
	s.says(bankSide, words.greeting+" Please open Countersign and type "+inThrees(code)+".")
	customer, err := s.check(ctx, "they-called", "My phone rang.", code)
	if err != nil {
		return err
	}
	if err := expectVerdict(ctx, customer, "verified"); err != nil {
		return err
	}
	readback, err := customer.AwaitEvent(ctx, "readback")
	if err != nil {
		return err
	}
	if _, err := agent.AwaitEvent(ctx, "opened"); err != nil {
		return err
	}
	s.says(customerSide, "My six digits are "+inThrees(readback.Code)+".")
	if err := s.types(agent, bankSide, "readback "+readback.Code, "types the digits that were read aloud: "+inThrees(readback.Code)); err != nil {
		return err
	}
	for _, p := range []*programs.Process{agent, customer} {
		if _, err := p.AwaitEvent(ctx, "secure"); err != nil {
			return err
		}
	}
	return s.chat(ctx, agent, customer, words)
}

// chat sends one line each way and ends the call.
func (s *stage) chat(ctx context.Context, agent, customer *programs.Process, words dialogue) error {
	if err := s.sends(ctx, agent, customer, bankSide, words.question); err != nil {
		return err
	}
	if err := s.sends(ctx, customer, agent, customerSide, words.answer); err != nil {
		return err
	}
	s.says(bankSide, "Thank you. Goodbye.")
	if err := agent.Type("end"); err != nil {
		return err
	}
	if err := expectEnd(ctx, agent, "completed", 0); err != nil {
		return err
	}
	return expectEnd(ctx, customer, "completed", 0)
}

func (s *stage) sends(ctx context.Context, from, to *programs.Process, where side, text string) error {
	if err := s.types(from, where, "say "+text, "writes: "+text); err != nil {
		return err
	}
	e, err := to.AwaitEvent(ctx, "message")
	if err == nil && e.Text != text {
		err = fmt.Errorf("%q was sent and %q arrived", text, e.Text)
	}
	return err
}

// relayedCall: the bank believes that the customer phoned, the customer knows
// better.
func (s *stage) relayedCall(ctx context.Context) error {
	s.hears(bankSide, "a fraudster: Hello, I am your customer, reference "+reference+". My card payment fails, please help.")
	agent, code, err := s.offer(ctx, "customer-called")
	if err != nil {
		return err
	}
	s.says(bankSide, "Then please type "+inThrees(code)+" into Countersign.")
	s.hears(customerSide, "a fraudster: This is your bank. Your money is in danger! Type "+inThrees(code)+".")
	customer, err := s.check(ctx, "they-called", "My phone rang.", code)
	if err != nil {
		return err
	}
	if err := expectVerdict(ctx, customer, "stopped", "wrong_direction"); err != nil {
		return err
	}
	if err := expectEnd(ctx, customer, "wrong_direction", 1); err != nil {
		return err
	}
	if err := expectEnd(ctx, agent, "wrong_direction", 1); err != nil {
		return err
	}
	s.proven = append(s.proven,
		"A real agent and a real code were not enough for the fraudster: the customer's answer stopped the call, and the bank was told.")
	return nil
}

// secondTry: the fraudster asks for a new code and tells the customer what to
// answer. The hold leaves no code to pass on.
func (s *stage) secondTry(ctx context.Context) error {
	s.hears(customerSide, "the fraudster: That was a mistake. I get you a new code. This time answer \"I called the bank\".")
	s.hears(bankSide, "the fraudster: We were cut off. A new code, please.")
	agent, err := s.startText(&s.agent, s.tell(bankSide, &s.agent), s.callArgs("customer-called")...)
	if err != nil {
		return err
	}
	if err := expectEnd(ctx, agent, "on_hold", 1); err != nil {
		return err
	}
	s.proven = append(s.proven, "A second try was refused before it had a code: the customer is on hold for 30 minutes.")
	return nil
}

// offer starts an agent's call and waits for its code and QR code.
func (s *stage) offer(ctx context.Context, direction string) (*programs.Process, string, error) {
	agent, err := s.startText(&s.agent, s.tell(bankSide, &s.agent), s.callArgs(direction)...)
	if err != nil {
		return nil, "", err
	}
	code, err := agent.AwaitEvent(ctx, "code")
	if err != nil {
		return nil, "", err
	}
	frame, err := agent.AwaitEvent(ctx, "qr")
	if s.qr == "" {
		s.qr = frame.Text
	}
	return agent, code.Code, err
}

func (s *stage) callArgs(direction string) []string {
	return []string{"agent", "call", "--json", "--direction", direction, "--customer", reference, "--purpose", "card-payment"}
}

// check starts the customer's program with the answer and the code. The code
// goes by standard input: arguments are visible to other users.
func (s *stage) check(ctx context.Context, who, answer, code string) (*programs.Process, error) {
	s.row(time.Now(), customerSide, typing, "answers first, before anything is shown: \""+answer+"\" Then types "+inThrees(code)+".")
	customer, err := s.startText(&s.customer, s.tell(customerSide, &s.customer), "customer", "verify", "--json", "--who", who, "--code", "-")
	if err != nil {
		return nil, err
	}
	return customer, customer.Type(code)
}

// expectVerdict waits for the verdict and compares it with the story's.
func expectVerdict(ctx context.Context, p *programs.Process, result string, reasons ...string) error {
	e, err := p.AwaitEvent(ctx, "verdict")
	if err == nil && (e.Result != result || fmt.Sprint(e.Reasons) != fmt.Sprint(reasons)) {
		err = fmt.Errorf("the verdict should be %s %v, but is %s %v", result, reasons, e.Result, e.Reasons)
	}
	return err
}

// types gives a program a command and tells that somebody typed it.
func (s *stage) types(p *programs.Process, where side, command, told string) error {
	s.row(time.Now(), where, typing, told)
	return p.Type(command)
}

// says tells what somebody on that side says aloud, hears what somebody says
// to that side by telephone.
func (s *stage) says(where side, text string) {
	s.row(time.Now(), where, voice, "says: "+text)
}

func (s *stage) hears(where side, text string) {
	s.row(time.Now(), where, voice, "hears "+text)
}
