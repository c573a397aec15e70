// This file owns the list of screens: each has its name here, and build says
// in which file it is drawn.

package customer

// Kind names a screen.
type Kind uint8

// The screens.
const (
	Opening    Kind = iota // the banks are being opened
	CannotOpen             // the keyring or the files cannot be used
	NoBank                 // nothing is enrolled yet
	Home                   // the one big button

	// The check, before anything is sent.
	RemoteFound // a program shows this screen to somebody else
	FamilyHelps // what help through such a program costs
	WhichBank   // only with several banks
	HowBegan    // message 0
	WhichNumber // the number that was dialled
	TypeCode    // nine digits
	UsePicture  // the QR code instead

	// A call under way or over. InCall is never drawn: the call decides.
	InCall
	Checking  // nothing is known yet
	Green     // verified: the connection check
	Guest     // not fully checked, and going on: the connection check
	Secure    // verified and secure: the panel
	GuestTalk // the panel of a call that is not fully checked
	AskWrong  // "Report this call and end it?"
	Reporting // the bank is being told
	Red       // stopped
	NewCode   // over, and a new code can mend it
	Amber     // over, for something is not known
	Receipt   // over

	// Beside the call.
	SomethingWrong // what to do, when no call is under way
	SafeNumbers    // the bank's own numbers

	// Banks.
	AskPrompted  // is someone on the phone telling you to do this?
	PromptedStop // yes
	Ticket       // address and code of the letter
	EightWords   // a guest's way
	Joining      // the proof is under way
	Joined       // done
	Clash        // it can be taken for a bank that is known here
	BankList
	RemoveBank
	NewComputer

	// Calls of the past.
	PastCalls
	PastCall

	kinds // how many there are
)

// first reports whether a screen only waits for the banks.
func (k Kind) first() bool { return k == Opening || k == NoBank }

// asksBanks reports whether a screen is of use only while there are banks.
func (k Kind) asksBanks() bool { return k == Home || k == WhichBank }

// build draws a screen.
func (s *Side) build(k Kind) screen {
	switch k {
	case CannotOpen:
		return s.cannotOpen()
	case NoBank:
		return s.noBank()
	case Home:
		return s.home()
	case RemoteFound:
		return s.remoteFound()
	case FamilyHelps:
		return s.familyHelps()
	case WhichBank:
		return s.whichBank()
	case HowBegan:
		return s.howBegan()
	case WhichNumber:
		return s.whichNumber()
	case TypeCode:
		return s.typeCode()
	case UsePicture:
		return s.usePicture()
	case Checking:
		return s.checking()
	case Green, Guest:
		return s.connected()
	case Secure, GuestTalk:
		return s.talk()
	case AskWrong:
		return s.askWrong()
	case Reporting:
		return s.reporting()
	case Red:
		return s.red()
	case NewCode:
		return s.newCode()
	case Amber:
		return s.amber()
	case Receipt:
		return s.receipt()
	case SomethingWrong:
		return s.somethingWrong()
	case SafeNumbers:
		return s.safeNumbers()
	case AskPrompted:
		return s.askPrompted()
	case PromptedStop:
		return s.promptedStop()
	case Ticket:
		return s.ticket()
	case EightWords:
		return s.eightWords()
	case Joining:
		return s.joining()
	case Joined:
		return s.joined()
	case Clash:
		return s.clash()
	case BankList:
		return s.bankList()
	case RemoveBank:
		return s.removeBank()
	case NewComputer:
		return s.newComputer()
	case PastCalls:
		return s.pastCalls()
	case PastCall:
		return s.pastCall()
	}
	return s.opening()
}
