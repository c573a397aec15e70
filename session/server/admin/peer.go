// This file owns who may be at the other end of the socket: a program of this
// account, on the server's side and on the command's side alike.

package admin

import (
	"errors"
	"net"
	"os"
)

var errStranger = errors.New("the program at the other end of the bank's socket belongs to another account")

func checkPeer(conn *net.UnixConn) error {
	account, err := peerOf(conn)
	if err != nil {
		return err
	}
	if account != os.Geteuid() {
		return errStranger
	}
	return nil
}
