// This file owns the story: two calls, step by step, and what each step must
// bring.

package main

import (
	"context"
	"fmt"
	"time"
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
	s.types(bankSide, "ends the call and dials the customer's number on file.")
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
	agent, customer := s.cast.agent(), s.cast.customer()
	code, err := agent.offers(ctx, "bank-called")
	if err != nil {
		return err
	}
	s.says(bankSide, words.greeting+" Please open Countersign and type "+inThrees(code)+".")
	s.answers(code)
	if err := customer.checks(ctx, code); err != nil {
		return err
	}
	readback, err := customer.verified(ctx)
	if err != nil {
		return err
	}
	s.says(customerSide, "My six digits are "+inThrees(readback)+".")
	s.types(bankSide, "types the digits that were read aloud: "+inThrees(readback))
	if err := agent.readsBack(ctx, readback); err != nil {
		return err
	}
	if err := agent.secure(ctx); err != nil {
		return err
	}
	if err := customer.secure(ctx); err != nil {
		return err
	}
	return s.chat(ctx, words)
}

// chat sends one line each way and ends the call.
func (s *stage) chat(ctx context.Context, words dialogue) error {
	agent, customer := s.cast.agent(), s.cast.customer()
	if err := s.sends(ctx, agent, customer, bankSide, words.question); err != nil {
		return err
	}
	if err := s.sends(ctx, customer, agent, customerSide, words.answer); err != nil {
		return err
	}
	s.says(bankSide, "Thank you. Goodbye.")
	if err := agent.ends(ctx); err != nil {
		return err
	}
	return customer.ended(ctx)
}

func (s *stage) sends(ctx context.Context, from, to writer, where side, text string) error {
	s.types(where, "writes: "+text)
	if err := from.writes(ctx, text); err != nil {
		return err
	}
	return to.reads(ctx, text)
}

// relayedCall: the bank believes that the customer phoned, the customer knows
// better.
func (s *stage) relayedCall(ctx context.Context) error {
	agent, customer := s.cast.agent(), s.cast.customer()
	s.hears(bankSide, "a fraudster: Hello, I am your customer, reference "+reference+". My card payment fails, please help.")
	code, err := agent.offers(ctx, "customer-called")
	if err != nil {
		return err
	}
	s.says(bankSide, "Then please type "+inThrees(code)+" into Countersign.")
	s.hears(customerSide, "a fraudster: This is your bank. Your money is in danger! Type "+inThrees(code)+".")
	s.answers(code)
	if err := customer.checks(ctx, code); err != nil {
		return err
	}
	if err := customer.stopped(ctx); err != nil {
		return err
	}
	if err := agent.stopped(ctx); err != nil {
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
	if err := s.cast.agent().refused(ctx, "customer-called"); err != nil {
		return err
	}
	s.proven = append(s.proven, "A second try was refused before it had a code: the customer is on hold for 30 minutes.")
	return nil
}

// answers tells what the customer does before anything is shown.
func (s *stage) answers(code string) {
	s.types(customerSide, "answers first, before anything is shown: \"My phone rang.\" Then types "+inThrees(code)+".")
}

// types tells what somebody does at the computer, says what somebody on that
// side says aloud, hears what somebody says to that side by telephone.
func (s *stage) types(where side, told string) { s.row(time.Now(), where, typing, told) }

func (s *stage) says(where side, text string) { s.row(time.Now(), where, voice, "says: "+text) }

func (s *stage) hears(where side, text string) { s.row(time.Now(), where, voice, "hears "+text) }
