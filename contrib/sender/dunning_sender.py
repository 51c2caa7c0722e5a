#!/usr/bin/env python3
"""Sends the notices of pg_dunning: e-mails by an SMTP server, letters as PDF files; and the
dashboard by e-mail.

It takes notices, sends each, and says what became of it before it sends the next
one.  Each e-mail has a Message-ID that is made of its notice: if this program dies
between the server's answer and its report, the notice is sent again with the same
Message-ID, and mail programs show it once.
"""
import argparse
import email.message
import email.policy
import email.utils
import mimetypes
import os
import pathlib
import select
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import unicodedata
import urllib.request
import uuid

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
    p.add_argument('channel', choices=['email', 'letter', 'registered_letter', 'dashboard'], help='channel of the notices; or the dashboard of today, by e-mail')
    p.add_argument('--dsn', default='', help='connection string of PostgreSQL; the environment (PGHOST, PGDATABASE, ...) counts, too')
    p.add_argument('--most', type=int, default=100, help='notices that are taken at once: 100')
    p.add_argument('--lease', help='how long they are kept from others: 10 minutes, of registered letters 7 days')
    p.add_argument('--watch', action='store_true', help='wait for new notices instead of ending when there are none')
    p.add_argument('--smtp', default='localhost:25', help='HOST:PORT of the SMTP server')
    p.add_argument('--tls', choices=['starttls', 'ssl', 'none'], default='starttls', help='how the connection is protected')
    p.add_argument('--user', help='user of the SMTP server; the password is in the environment variable SMTP_PASSWORD')
    p.add_argument('--sender', help='address that e-mails come from, if the company has none')
    p.add_argument('--fetch', action='store_true', help='attach what stands at the addresses of the invoices (invoice_link)')
    p.add_argument('--attach-most', type=int, default=10, metavar='MB', help='most megabytes of attachments in an e-mail: 10')
    p.add_argument('--to', action='append', default=[], metavar='ADDRESS', help='who gets the dashboard; may be given several times')
    p.add_argument('--language', choices=['en', 'fr'], default='en', help='language of the dashboard: en')
    p.add_argument('--ledger', help='the ledger that the dashboard is of; default: all')
    p.add_argument('--folder', default='.', help='where letters are written')
    p.add_argument('--batch', action='store_true', help='one PDF file for all letters that are taken at once')
    p.add_argument('--pages', choices=['weasyprint', 'browser', 'html'], help='what makes the PDF files; default: WeasyPrint, '
                   'or else a browser; html: files of HTML instead')
    p.add_argument('--browser', help='Chromium or Chrome, if it is not found by itself')
    a = p.parse_args()
    if a.channel == 'dashboard' and not (a.to and a.sender):
        p.error('the dashboard needs --to and --sender')
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
        return self.ask('SELECT notice, key::text AS key, tries, language, email, subject, body, html, '
                        "context #>> '{company,name}' AS company, context #>> '{company,email}' AS company_email "
                        'FROM dunning.take_notices(%s, %s, %s::interval) ORDER BY notice', channel, most, lease)

    def files(self, notice):
        """The files of the ERP that an e-mail carries: names and contents."""
        try:
            rows = self.ask('SELECT name, content FROM dunning.notice_files(%s)', notice['notice'])
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            raise OSError(str(error)) from error
        return [(plain(f['name']), bytes(f['content'])) for f in rows]

    def links(self, notice):
        """The invoices that stand at an address: names and addresses."""
        return self.ask("SELECT DISTINCT i ->> 'reference' AS name, i ->> 'link' AS link FROM dunning.notice AS n CROSS JOIN LATERAL "
                        "jsonb_array_elements(n.context -> 'items') AS i WHERE n.notice = %s AND i ->> 'link' IS NOT NULL ORDER BY 1, 2", notice['notice'])

    # the page is a file of the e-mail, since mail programs show no such page
    def dashboard(self, language, ledger, addresses):
        """The dashboard as a message: its figures as a text, and the page as a file."""
        text = ('{{{w.title}}} {{{w.on}}} {{{as_of}}}\n{{#ledger}}{{{ledger}}}\n{{/ledger}}{{#currencies}}\n{{{currency}}}\n'
                '{{{w.open}}}: {{{open}}}\n{{{w.overdue}}}: {{{overdue}}}\n{{{w.dso}}}: {{{dso}}}\n{{/currencies}}')
        one = self.ask("SELECT c #>> '{w,title}' AS title, c ->> 'as_of' AS as_of, dunning.today()::text AS day, dunning.render(%s, c) AS body "
                       'FROM dunning.dashboard_context(ledger => %s::text::name, language => %s) AS c', text, ledger, language)[0]
        page = self.ask('SELECT dunning.dashboard(ledger => %s::text::name, language => %s) AS page', ledger, language)[0]['page']
        return {'key': uuid.uuid4(), 'company': None, 'company_email': None, 'email': ', '.join(addresses), 'language': language,
                'subject': f"{one['title']} - {one['as_of']}", 'body': one['body'], 'html': None,
                'files': [(plain(f"{one['title']} {one['day']}.html"), page.encode())]}

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
        # so that no machine answers
        m['Auto-Submitted'] = 'auto-generated'
        m.set_content(notice['body'])
        if notice['html'] is not None:
            m.add_alternative(notice['html'], subtype='html')
        room = self.a.attach_most * 1048576
        for name, content in notice['files']:
            room -= len(content)
            if room < 0:
                raise ValueError(f'the attachments have more than {self.a.attach_most} megabytes: --attach-most')
            kind = mimetypes.guess_type(name)[0] or 'application/octet-stream'
            m.add_attachment(content, maintype=kind.partition('/')[0], subtype=kind.partition('/')[2], filename=name)
        return m

    def send(self, notice):
        m = self.message(notice)
        if self.server is None:
            self.connect()
        self.server.send_message(m)


def plain(name):
    """A name of a file that is no path and hides nothing."""
    name = ''.join('_' if c in '/\\:*?"<>|' or unicodedata.category(c) in ('Cc', 'Cf') else c for c in name).strip(' ')
    return ('_' if name[:1] in ('', '.') else '') + name.rstrip('. ')


def fetched(links, most):
    """What stands at addresses of the web, by names of files."""
    files = []
    for one in links:
        if not one['link'].lower().startswith(('https://', 'http://')):
            raise ValueError(f"{one['link']} is no address of the web")
        with urllib.request.urlopen(one['link'], timeout=60) as answer:
            content = answer.read(most * 1048576 + 1)
            kind = mimetypes.guess_extension(answer.headers.get_content_type()) or ''
        files.append((plain(one['name']) + kind, content))
    return files


def only_data(url, *_, **__):
    """A page needs nothing of elsewhere."""
    if not url.startswith('data:'):
        raise ValueError(f'a letter refers to {url}')
    return weasyprint.default_url_fetcher(url)


class WeasyPrint:
    """PDF by WeasyPrint."""

    kind = 'pdf'

    def print(self, html):
        return weasyprint.HTML(string=html, url_fetcher=only_data).write_pdf()

    def join(self, pages):
        documents = [weasyprint.HTML(string=html, url_fetcher=only_data).render() for html in pages]
        return documents[0].copy([page for d in documents for page in d.pages]).write_pdf()


class Browser:
    """PDF by Chromium or Chrome; several are joined by pdfunite of poppler-utils."""

    kind = 'pdf'
    policy = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'">"""

    def __init__(self, program, batch):
        self.program = program
        if batch and shutil.which('pdfunite') is None:
            sys.exit('--batch needs WeasyPrint, or pdfunite (poppler-utils)')

    def write(self, html, folder, name):
        page, pdf = os.path.join(folder, name + '.html'), os.path.join(folder, name + '.pdf')
        with open(page, 'w', encoding='utf-8') as f:
            f.write(html.replace('<head>', '<head>' + self.policy, 1))
        subprocess.run([self.program, '--headless', '--disable-gpu', '--no-first-run', '--no-pdf-header-footer', '--host-resolver-rules=MAP * ~NOTFOUND',
                        f'--user-data-dir={folder}/profile', f'--print-to-pdf={pdf}', *(['--no-sandbox'] if os.geteuid() == 0 else []),
                        pathlib.Path(page).as_uri()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=True)
        return pdf

    def print(self, html):
        with tempfile.TemporaryDirectory() as folder:
            return pathlib.Path(self.write(html, folder, 'letter')).read_bytes()

    def join(self, pages):
        with tempfile.TemporaryDirectory() as folder:
            written = [self.write(html, folder, f'{n:06}') for n, html in enumerate(pages)]
            # so that the arguments do not become too many
            while len(written) > 1:
                for at in range(0, len(written), 100):
                    joined = f'{written[at]}.joined.pdf'
                    subprocess.run(['pdfunite', *written[at:at + 100], joined], check=True, timeout=600) if len(written) > at + 1 else os.rename(written[at], joined)
                    written[at] = joined
                written = written[::100]
            return pathlib.Path(written[0]).read_bytes()


class Html:
    """The pages as they are."""

    kind = 'html'

    def print(self, html):
        return html.encode()


def printing(a):
    """What makes the pages: WeasyPrint, a browser, or nothing."""
    browser = a.browser or next(filter(None, map(shutil.which, ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])), None)
    if a.pages == 'html':
        if a.batch:
            sys.exit('--batch makes a PDF file')
        return Html()
    if weasyprint is not None and a.pages != 'browser':
        return WeasyPrint()
    if browser is not None and a.pages != 'weasyprint':
        return Browser(browser, a.batch)
    if a.pages is not None or a.batch:
        sys.exit('WeasyPrint is not installed' if a.pages == 'weasyprint' else 'no browser was found: give --browser' if a.pages else
                 '--batch needs WeasyPrint, or a browser and pdfunite')
    print('neither WeasyPrint nor a browser is installed: letters are HTML files', file=sys.stderr)
    return Html()


class Printer:
    """Writes letters into a folder, each file under a name that it gets when it is whole."""

    def __init__(self, a):
        self.folder = a.folder
        self.pages = printing(a)

    def close(self):
        pass

    def write(self, name, content):
        name = os.path.join(self.folder, f'{name}.{self.pages.kind}')
        with open(name + '.part', 'wb') as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        os.replace(name + '.part', name)
        print(name, flush=True)

    def send(self, notice):
        self.write(f"notice-{notice['notice']}", self.pages.print(notice['html']))

    def send_all(self, notices):
        self.write(f"letters-{notices[0]['notice']}-{notices[-1]['notice']}", self.pages.join([n['html'] for n in notices]))


def permanent(error):
    """Whether the same message to the same address would be refused again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 500 <= error.smtp_code < 600 and not isinstance(error, (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError))
    return isinstance(error, ValueError)


class Stop:
    """A signal ends the program when the notice at hand is sent and reported."""

    asked = False
    waits = False

    def __init__(self):
        for s in (signal.SIGTERM, signal.SIGINT):
            signal.signal(s, self.ask)

    def ask(self, *_):
        self.asked = True
        if self.waits:
            sys.exit(0)


def main():
    a = arguments()
    stop = Stop()
    way = Mailer(a) if a.channel in ('email', 'dashboard') else Printer(a)
    outbox = Outbox(a.dsn)
    if a.channel == 'dashboard':
        try:
            way.send(outbox.dashboard(a.language, a.ledger, a.to))
        except (OSError, ValueError, smtplib.SMTPException) as error:
            sys.exit(f'the dashboard was not sent: {error}')
        return
    if a.watch:
        with outbox.connection.cursor() as cursor:
            cursor.execute('LISTEN dunning_notice')
    # of a registered letter a person says the number and the day of the deposit
    reported = a.channel != 'registered_letter'
    while not stop.asked:
        taken = outbox.take(a.channel, a.most, a.lease)
        for group in [taken] if a.batch and taken else [[notice] for notice in taken]:
            if stop.asked:
                return
            try:
                if a.batch:
                    way.send_all(group)
                else:
                    if a.channel == 'email':
                        group[0]['files'] = outbox.files(group[0]) + (fetched(outbox.links(group[0]), a.attach_most) if a.fetch else [])
                    way.send(group[0])
            except (OSError, ValueError, smtplib.SMTPException, subprocess.SubprocessError) as error:
                for notice in group:
                    outbox.failed(notice, error, permanent(error))
                way.close()
            else:
                for notice in group if reported else []:
                    outbox.sent(notice)
        if not taken:
            way.close()
            if not a.watch:
                return
            stop.waits = True
            if stop.asked:
                return
            outbox.wait(60)
            stop.waits = False


if __name__ == '__main__':
    main()
