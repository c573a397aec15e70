// This file owns the command line: every command and flag with its sentence.

package main

type commands struct {
	Bank struct {
		Init bankInit `cmd:"" help:"Make a bank in an empty folder."`
	} `cmd:"" help:"Make a bank."`
	Serve serve `cmd:"" help:"Run the bank's server until SIGTERM."`
	Agent struct {
		Add    agentAdd    `cmd:"" help:"Put an agent on file and print a ticket for the agent's computer."`
		Revoke agentRevoke `cmd:"" help:"End an agent's credentials for good."`
	} `cmd:"" help:"Invite and revoke agents."`
	Customer struct {
		Add    customerAdd    `cmd:"" help:"Put a customer on file and print a ticket for a device of the customer."`
		Change customerChange `cmd:"" help:"Change the telephone numbers on file of a customer."`
		Revoke customerRevoke `cmd:"" help:"End a customer's devices for good."`
	} `cmd:"" help:"Invite, change and revoke customers."`
	Inspect inspectObject `cmd:"" help:"Decode any object of CP1, print it as JSON with every fault; status 1 if there is one."`
	Version printVersion  `cmd:"" help:"Print the version."`
}

// folder is the flag that all commands on a bank share.
type folder struct {
	Dir string `required:"" placeholder:"DIR" help:"The bank's folder."`
}
