#!/usr/bin/env python3
"""Sends the notices of pg_dunning: e-mails by an SMTP server, letters as files.

It takes notices, sends each, and says what became of it before it sends the next
one.  Each e-mail has a Message-ID that is made of its notice: if this program dies
between the server's answer and its report, the notice is sent again with the same
Message-ID, and mail programs show it once.
"""
import argparse
import email.message
import email.policy
import email.utils
import os
import select
import signal
import smtplib
import ssl
import sys

try:
    import psycopg
except ImportError:
    import psycopg2 as psycopg

try:
    import weasyprint
except ImportError:
    weasyprint = None


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('channel', choices=['email', 'letter', 'registered_letter'], help='channel of the notices')
    p.add_argument('--dsn', default='', help='connection string of PostgreSQL; the environment (PGHOST, PGDATABASE, ...) counts, too')
    p.add_argument('--most', type=int, default=20, help='notices that are taken at once')
    p.add_argument('--lease', help='how long they are kept from others: 10 minutes, of registered letters 7 days')
    p.add_argument('--watch', action='store_true', help='wait for new notices instead of ending when there are none')
    p.add_argument('--smtp', default='localhost:25', help='HOST:PORT of the SMTP server')
    p.add_argument('--tls', choices=['starttls', 'ssl', 'none'], default='starttls', help='how the connection is protected')
    p.add_argument('--user', help='user of the SMTP server; the password is in the environment variable SMTP_PASSWORD')
    p.add_argument('--sender', help='address that e-mails come from, if the company has none')
    p.add_argument('--folder', default='.', help='where letters are written')
    a = p.parse_args()
    a.lease = a.lease or ('7 days' if a.channel == 'registered_letter' else '10 minutes')
    return a


class Outbox:
    """What the database is asked and told; each call is a transaction."""

    def __init__(self, dsn):
        self.connection = psycopg.connect(dsn)
        self.connection.autocommit = True

    def ask(self, query, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(query, values)
            names = [c[0] for c in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def take(self, channel, most, lease):
        return self.ask('SELECT notice, key::text AS key, tries, language, email, address, subject, body, html, '
                        "context #>> '{company,name}' AS company, context #>> '{company,email}' AS company_email, "
                        "context #>> '{company,address}' AS company_address "
                        'FROM dunning.take_notices(%s, %s, %s::interval)', channel, most, lease)

    def sent(self, notice):
        self.ask('SELECT dunning.notice_sent(%s)', notice['notice'])

    def failed(self, notice, error, permanent):
        state = self.ask('SELECT dunning.notice_failed(%s, %s, %s, %s) AS state', notice['notice'], str(error), permanent, notice['tries'])[0]['state']
        print(f"notice {notice['notice']}: {state}: {error}", file=sys.stderr)

    def wait(self, seconds):
        self.ask('SELECT 1')
        select.select([self.connection], [], [], seconds)
        if hasattr(self.connection, 'poll'):
            self.connection.poll()


class Mailer:
    """A connection to the SMTP server that is made when it is needed."""

    def __init__(self, a):
        self.a = a
        self.server = None

    def connect(self):
        host, _, port = self.a.smtp.rpartition(':')
        context = ssl.create_default_context()
        if self.a.tls == 'ssl':
            self.server = smtplib.SMTP_SSL(host, int(port), timeout=60, context=context)
        else:
            self.server = smtplib.SMTP(host, int(port), timeout=60)
            if self.a.tls == 'starttls':
                self.server.starttls(context=context)
        if self.a.user:
            self.server.login(self.a.user, os.environ['SMTP_PASSWORD'])

    def close(self):
        if self.server is not None:
            self.server.close()
        self.server = None

    def message(self, notice):
        sender = notice['company_email'] or self.a.sender
        if not sender:
            raise ValueError('the company has no e-mail address: give --sender')
        m = email.message.EmailMessage(policy=email.policy.SMTP)
        m['From'] = email.utils.formataddr((notice['company'] or '', sender))
        m['To'] = notice['email']
        m['Subject'] = notice['subject'] or ''
        m['Date'] = email.utils.localtime()
        m['Message-ID'] = f"<dunning-{notice['key']}@{sender.rpartition('@')[2]}>"
        m['Content-Language'] = notice['language']
        m.set_content(notice['body'])
        m.add_alternative(notice['html'], subtype='html')
        return m

    def send(self, notice):
        m = self.message(notice)
        if self.server is None:
            self.connect()
        self.server.send_message(m)


LETTER = """<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><style>
@page {{ size: A4; margin: 20mm 20mm 20mm 25mm }}
body {{ font: 10.5pt/1.4 sans-serif; margin: 0 }}
.from {{ position: absolute; left: 0; top: 0; font-size: 8.5pt; white-space: pre-line }}
/* the window of a DL envelope: 20 mm from the right edge, 45 mm from the top, 90 by 35 mm */
.to {{ position: absolute; left: 75mm; top: 25mm; width: 90mm; height: 35mm; white-space: pre-line; overflow: hidden }}
.text {{ margin-top: 70mm; overflow-wrap: anywhere }}
</style></head><body><div class="from">{sender}</div><div class="to">{address}</div><div class="text">{html}</div></body></html>"""


class Printer:
    """Writes each letter into a folder, under a name that it gets when it is whole."""

    def __init__(self, a):
        self.folder = a.folder

    def close(self):
        pass

    def send(self, notice):
        def escaped(text):
            return (text or '').replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')

        page = LETTER.format(language=escaped(notice['language']), html=notice['html'], address=escaped(notice['address']),
                             sender=escaped('\n'.join(filter(None, [notice['company'], notice['company_address']]))))
        if weasyprint is not None:
            kind, content = 'pdf', weasyprint.HTML(string=page).write_pdf()
        else:
            kind, content = 'html', page.encode()
        name = os.path.join(self.folder, f"notice-{notice['notice']}.{kind}")
        with open(name + '.part', 'wb') as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        os.replace(name + '.part', name)
        print(name)


def permanent(error):
    """Whether the same message to the same address would be refused again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 500 <= error.smtp_code < 600 and not isinstance(error, (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError))
    return isinstance(error, ValueError)


def main():
    a = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    outbox = Outbox(a.dsn)
    way = Mailer(a) if a.channel == 'email' else Printer(a)
    if a.watch:
        with outbox.connection.cursor() as cursor:
            cursor.execute('LISTEN dunning_notice')
    while True:
        taken = outbox.take(a.channel, a.most, a.lease)
        for notice in taken:
            try:
                way.send(notice)
            except (OSError, ValueError, smtplib.SMTPException) as error:
                outbox.failed(notice, error, permanent(error))
                way.close()
            else:
                # of a registered letter a person says the number and the day of the deposit
                if a.channel != 'registered_letter':
                    outbox.sent(notice)
        if not taken:
            way.close()
            if not a.watch:
                return
            outbox.wait(60)


if __name__ == '__main__':
    main()
