// This file owns the list of screens: each has its name and what draws it here.

package customer

import "countersign/ui/shell"

// Kind names a screen.
type Kind string

// The screens.
const (
	Opening    Kind = "opening"     // the banks are being opened
	CannotOpen Kind = "cannot-open" // the keyring or the files cannot be used
	NoBank     Kind = "no-bank"     // nothing is enrolled yet
	Home       Kind = "home"        // the one big button

	// The check, before anything is sent.
	RemoteFound Kind = "remote-found" // a program shows this screen to somebody else
	FamilyHelps Kind = "family-helps" // what help through such a program costs
	WhichBank   Kind = "which-bank"   // only with several banks
	HowBegan    Kind = "how-began"    // message 0
	WhichNumber Kind = "which-number" // the number that was dialled
	TypeCode    Kind = "type-code"    // nine digits
	UsePicture  Kind = "use-picture"  // the QR code instead

	// A call under way or over. InCall is never drawn: the call decides.
	InCall    Kind = "in-call"
	Checking  Kind = "checking"   // nothing is known yet
	Green     Kind = "green"      // verified: the connection check
	Guest     Kind = "guest"      // not fully checked, and going on: the connection check
	Secure    Kind = "secure"     // verified and secure: the panel
	GuestTalk Kind = "guest-talk" // the panel of a call that is not fully checked
	AskWrong  Kind = "ask-wrong"  // "Report this call and end it?"
	Reporting Kind = "reporting"  // the bank is being told
	Red       Kind = "red"        // stopped
	NewCode   Kind = "new-code"   // over, and a new code can mend it
	Amber     Kind = "amber"      // over, for something is not known
	Receipt   Kind = "receipt"    // over

	// Beside the call.
	SomethingWrong Kind = "something-wrong" // what to do, when no call is under way
	SafeNumbers    Kind = "safe-numbers"    // the bank's own numbers

	// Banks.
	AskPrompted  Kind = "ask-prompted"  // is someone on the phone telling you to do this?
	PromptedStop Kind = "prompted-stop" // yes
	Ticket       Kind = "ticket"        // address and code of the letter
	EightWords   Kind = "eight-words"   // a guest's way
	Joining      Kind = "joining"       // the proof is under way
	Joined       Kind = "joined"        // done
	Clash        Kind = "clash"         // it can be taken for a bank that is known here
	BankList     Kind = "bank-list"
	RemoveBank   Kind = "remove-bank"
	NewComputer  Kind = "new-computer"

	// Calls of the past.
	PastCalls Kind = "past-calls"
	PastCall  Kind = "past-call"
)

// screens are all screens, each with what draws it.
var screens = map[Kind]func(*Side) screen{
	Opening:        (*Side).opening,
	CannotOpen:     (*Side).cannotOpen,
	NoBank:         (*Side).noBank,
	Home:           (*Side).home,
	RemoteFound:    (*Side).remoteFound,
	FamilyHelps:    (*Side).familyHelps,
	WhichBank:      (*Side).whichBank,
	HowBegan:       (*Side).howBegan,
	WhichNumber:    (*Side).whichNumber,
	TypeCode:       (*Side).typeCode,
	UsePicture:     (*Side).usePicture,
	Checking:       (*Side).checking,
	Green:          (*Side).connected,
	Guest:          (*Side).connected,
	Secure:         (*Side).talk,
	GuestTalk:      (*Side).talk,
	AskWrong:       (*Side).askWrong,
	Reporting:      (*Side).reporting,
	Red:            (*Side).red,
	NewCode:        (*Side).newCode,
	Amber:          (*Side).amber,
	Receipt:        (*Side).receipt,
	SomethingWrong: (*Side).somethingWrong,
	SafeNumbers:    (*Side).safeNumbers,
	AskPrompted:    (*Side).askPrompted,
	PromptedStop:   (*Side).promptedStop,
	Ticket:         (*Side).ticket,
	EightWords:     (*Side).eightWords,
	Joining:        (*Side).joining,
	Joined:         (*Side).joined,
	Clash:          (*Side).clash,
	BankList:       (*Side).bankList,
	RemoveBank:     (*Side).removeBank,
	NewComputer:    (*Side).newComputer,
	PastCalls:      (*Side).pastCalls,
	PastCall:       (*Side).pastCall,
}

type screen = shell.Screen[State]

// first reports whether a screen only waits for the banks.
func (k Kind) first() bool { return k == Opening || k == NoBank }

// asksBanks reports whether a screen is of use only while there are banks.
func (k Kind) asksBanks() bool { return k == Home || k == WhichBank }
