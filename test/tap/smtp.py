"""An SMTP server on the loopback that refuses, delays and hangs up, for sender.t.

    smtp.py FILE

writes its port, and then a line for each message that it has: its Message-ID and its
recipient.  By the first letters of the recipient: refused, no such user; grey, not the
first time; lost, the connection ends after the first message instead of an answer;
keep, the message is kept in FILE.RECIPIENT.
"""
import asyncio
import email
import sys

from aiosmtpd.smtp import SMTP

seen = set()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('refused'):
            return '550 no such user'
        if address.startswith('grey') and address not in seen:
            seen.add(address)
            return '451 try again later'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        with open(sys.argv[1], 'a') as f:
            f.write(f"{email.message_from_bytes(envelope.content)['Message-ID']} {address}\n")
        if address.startswith('keep'):
            with open(f'{sys.argv[1]}.{address}', 'wb') as f:
                f.write(envelope.content)
        if address.startswith('lost') and address not in seen:
            seen.add(address)
            server.transport.abort()
        return '250 OK'


async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Handler(), hostname='localhost', data_size_limit=2**26), '127.0.0.1', 0)
    with open(sys.argv[1], 'w') as f:
        f.write(f'{server.sockets[0].getsockname()[1]}\n')
    await server.serve_forever()


asyncio.run(main())
