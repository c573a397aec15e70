// This file owns the command line: every command and flag with its sentence.

package main

type commands struct {
	Bank struct {
		Init    bankInit    `cmd:"" help:"Make a bank in an empty folder."`
		Renew   bankRenew   `cmd:"" help:"Sign the bank's next bundle: a later end, and other words, lines, relays or keys."`
		Backup  bankBackup  `cmd:"" help:"Write a sealed backup of the bank, also while it is served."`
		Restore bankRestore `cmd:"" help:"Make a bank's folder of a backup, in an empty folder."`
	} `cmd:"" help:"Make a bank, renew it, back it up."`
	Serve  serve   `cmd:"" help:"Run the bank's server until SIGTERM."`
	Health health  `cmd:"" help:"Ask the running server whether it can keep what it is told; status 1 if not, or if none runs."`
	Doctor checkUp `cmd:"" help:"Examine the bank's folder, its keys and store, and this computer's disk and clock: one line each, and what to do; status 1 if there is a fault, 3 if there are warnings only."`
	Agent  struct {
		Add     agentAdd     `cmd:"" help:"Put an agent on file and print a ticket for the agent's computer."`
		List    agentList    `cmd:"" help:"List the agents on file."`
		Show    agentShow    `cmd:"" help:"Show an agent, and who did what."`
		Reissue agentReissue `cmd:"" help:"End an agent's key and print a ticket for another one."`
		Revoke  agentRevoke  `cmd:"" help:"End an agent's credentials for good."`
	} `cmd:"" help:"Invite, list and revoke agents."`
	Customer struct {
		Add     customerAdd     `cmd:"" help:"Put a customer on file and print a ticket for a device of the customer."`
		Change  customerChange  `cmd:"" help:"Change the telephone numbers on file of a customer."`
		List    customerList    `cmd:"" help:"List the customers on file."`
		Show    customerShow    `cmd:"" help:"Show a customer, and who did what."`
		Reissue customerReissue `cmd:"" help:"End a customer's devices, or one, and print a ticket for another one."`
		Revoke  customerRevoke  `cmd:"" help:"End a customer's devices for good."`
	} `cmd:"" help:"Invite, change, list and revoke customers."`
	Device struct {
		List deviceList `cmd:"" help:"List the customers' devices."`
		Show deviceShow `cmd:"" help:"Show a device."`
	} `cmd:"" help:"Look at customers' devices."`
	Ticket struct {
		List ticketList `cmd:"" help:"List the tickets that were given out."`
		Show ticketShow `cmd:"" help:"Show a ticket, without its secret."`
	} `cmd:"" help:"Look at tickets."`
	Hold struct {
		List holdList `cmd:"" help:"List the customers' newest holds."`
		Show holdShow `cmd:"" help:"Show a customer's newest hold."`
	} `cmd:"" help:"Look at holds."`
	Report struct {
		List   reportList   `cmd:"" help:"List the stop reports."`
		Show   reportShow   `cmd:"" help:"Show a stop report, and who did what."`
		Follow reportFollow `cmd:"" help:"Write one JSON line for every open report, and for each as it comes."`
		Close  reportClose  `cmd:"" help:"Say that a report was dealt with."`
	} `cmd:"" help:"Look at stop reports and close them."`
	Inspect inspectObject `cmd:"" help:"Decode any object of CP1, print it as JSON with every fault; status 1 if there is one."`
	Version printVersion  `cmd:"" help:"Print the version."`
}

// folder is the flag that all commands on a bank share.
type folder struct {
	Dir string `required:"" placeholder:"DIR" help:"The bank's folder."`
}
