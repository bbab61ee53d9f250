/** What an iSCSI session is protected with, tried by libiscsi's conformance suite. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, run, runWell } from './programs.ts';
import { serve, type Served } from './served.ts';

/** Suites that move data each way, in commands of several PDUs, and that break the protocol. */
const SUITES = ['SCSI.Read10', 'SCSI.Write10', 'SCSI.Inquiry', 'SCSI.CompareAndWrite', 'iSCSI'];

/** Runs these suites against a disk. */
async function judge(url: string): Promise<void> {
  for (const suite of SUITES) {
    const { stdout } = await runWell('iscsi-test-cu', ['-d', '-S', '-n', '-t', suite, url]);
    expect(stdout, suite).toMatch(/tests +(\d+) +\1 +\1 +0 +0/);
  }
}

describeWith(['iscsi-test-cu'], 'a session with header digests', () => {
  let served: Served;
  beforeAll(async () => {
    // Required: a session without them would not come to be.
    served = await serve(['memory:64M'], 1, ['--header-digest', 'require']);
  });
  afterAll(() => served.stop());

  it("passes libiscsi's suites", () => judge(`${served.urls[0]!}?header_digest=crc32c`));
});

describeWith(['iscsi-test-cu', 'iscsi-inq', 'iscsi-ls'], 'a session with CHAP', () => {
  let folder: string;
  let served: Served;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scsi-target-chap-'));
    const file = (name: string, secret: string): string => {
      const path = join(folder, name);
      writeFileSync(path, `${secret}\n`, { mode: 0o600 });
      return `${name}=file:${path}`;
    };
    const user = file('alice', 'sesame-open-wide');
    const target = file('disk', 'rumpelstiltskin-1');
    served = await serve(['memory:64M'], 1, ['--chap', user, '--mutual-chap', target]);
  });
  afterAll(async () => {
    await served.stop();
    rmSync(folder, { recursive: true });
  });

  const as = (who: string): string => served.urls[0]!.replace('://', `://${who}@`);
  const mutually = (secret: string): string =>
    `${as('alice%sesame-open-wide')}?target_user=disk&target_password=${secret}`;

  it("passes libiscsi's suites one way", () => judge(as('alice%sesame-open-wide')));

  it("passes libiscsi's suites with mutual CHAP", () => judge(mutually('rumpelstiltskin-1')));

  it('is refused with a wrong secret, and without one', async () => {
    for (const url of [as('alice%sesame-shut-tight'), served.urls[0]!]) {
      const { code, stderr } = await run('iscsi-inq', [url]);
      expect(code).not.toBe(0);
      expect(stderr).toContain('Authentication failure');
    }
  });

  it('is ended by an initiator that expects another target', async () => {
    const { code, stderr } = await run('iscsi-inq', [mutually('rumpelstiltskin-2')]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Invalid CHAP_R response from the target');
  });

  it('is not needed for discovery', async () => {
    const { stdout } = await runWell('iscsi-ls', [served.portal]);
    expect(stdout).toContain(served.urls[0]!.split('/')[3]!);
  });
});
