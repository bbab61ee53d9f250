/** What an iSCSI session is protected with, tried by libiscsi's conformance suite. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, runWell } from './programs.ts';
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
