// Command attacks plays every attack of session/attacks and prints what became
// of each: id, attack, outcome, test, time. It owns the printing; the attacks
// and their outcomes are session/attacks's. It must not judge: a row counts as
// played when its tests passed, and nothing else.
//
// It ends with status 1 when a row has no test, or a test fails or is skipped.
// Run it in the folder of the module: go run ./app/attacks
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"countersign/app/gotest"
	"countersign/session/attacks"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "attacks:", err)
		os.Exit(1)
	}
}

func run() error {
	report, err := gotest.Run(context.Background(), ".", "-count=1", "-run", "^TestAttack", "./session/attacks")
	if err != nil {
		return err
	}
	printFailures(os.Stderr, report)
	return errors.Join(printTable(os.Stdout, attacks.Table(), report)...)
}
