// This file owns how questions are put: plain, numbered, and again when the
// answer has not the right form. A question never says which answer is liked.

package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"countersign/session/protocol/ending"
	"countersign/ui/advice"
)

// firstLine gives the value of an argument: "-" stands for the first line of
// standard input, because a command line is visible to other users.
func (p *program) firstLine(ctx context.Context, argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	text, err := p.in.next(ctx)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, errLineTooLong):
		return "", ending.Because(ending.NotACode, "standard input holds no first line that could be one")
	case err != nil:
		return "", err
	}
	return text, nil
}

// ask puts a question and returns the answer as typed: a space is a digit of a
// QR code's text. An empty answer asks again.
func (p *program) ask(ctx context.Context, question string) (string, error) {
	for {
		p.print(question)
		answer, err := p.answer(ctx)
		if err != nil || strings.TrimSpace(answer) != "" {
			return answer, err
		}
	}
}

// answer reads one answer after a small sign that it is awaited.
func (p *program) answer(ctx context.Context) (string, error) {
	fmt.Fprint(p.console.Out, "> ")
	text, err := p.in.next(ctx)
	switch {
	case errors.Is(err, errLineTooLong):
		return "", nil
	case err != nil:
		return "", errNoAnswer
	}
	return text, nil
}

// choose puts a question with numbered answers and returns the index chosen.
func (p *program) choose(ctx context.Context, question string, answers ...string) (int, error) {
	p.print(question)
	for i, answer := range answers {
		p.print(fmt.Sprintf("  %d  %s", i+1, answer))
	}
	for {
		typed, err := p.answer(ctx)
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(strings.TrimSpace(typed)); err == nil && n >= 1 && n <= len(answers) {
			return n - 1, nil
		}
		p.print(p.phrases.say("ask.number", with{"Last": strconv.Itoa(len(answers))}))
	}
}

// confirm puts a question that is answered by yes or no.
func (p *program) confirm(ctx context.Context, question string) (bool, error) {
	i, err := p.choose(ctx, question, p.phrases.say("ask.yes"), p.phrases.say("ask.no"))
	return i == 0, err
}

func (p *program) print(sentence string) { fmt.Fprintln(p.console.Out, advice.Clean(sentence)) }
