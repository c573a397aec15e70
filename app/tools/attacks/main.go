// Command attacks plays every attack of session/lab/attacks and prints what became
// of each: id, attack, outcome, test, time. It owns the printing; the attacks
// and their outcomes are session/lab/attacks's. It must not judge: a row counts as
// played when its tests passed, and nothing else.
//
// It ends with status 1 when a row has no test, or a test fails or is skipped.
// Run it in the folder of the module: go run ./app/tools/attacks
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"countersign/app/tools/gotest"
	"countersign/session/lab/attacks"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "attacks:", err)
		os.Exit(1)
	}
}

func run() error {
	report, err := gotest.Run(context.Background(), ".", "-count=1", "-run", "^TestAttack", "./session/lab/attacks")
	if err != nil {
		return err
	}
	printFailures(os.Stderr, report)
	return errors.Join(printTable(os.Stdout, attacks.Table(), report)...)
}
