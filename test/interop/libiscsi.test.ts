/** libiscsi's tools against our server; its conformance suite is in test/conformance. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, runWell } from './programs.ts';
import { serve, type Served } from './served.ts';

const WRITABLE = 'memory:1G,vendor=INTEROP,product=WRITABLE,revision=9.75,serial=LIBISCSI-0';
const READ_ONLY = 'memory:64M,read-only,vendor=INTEROP,product=READ-ONLY';

describeWith(['iscsi-ls', 'iscsi-inq', 'iscsi-readcapacity16'], "libiscsi's tools", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve([WRITABLE, READ_ONLY]);
  });
  afterAll(() => served.stop());

  it('iscsi-ls -s finds the target and both disks', async () => {
    const { stdout } = await runWell('iscsi-ls', ['-s', served.portal]);
    const name = served.urls[0]!.split('/')[3]!;
    expect(stdout).toContain(`Target:${name} Portal:127.0.0.1:${served.port},1`);
    // The tool multiplies the last LBA, not the number of blocks, and cuts: 1 GiB is 1023M.
    expect(stdout).toMatch(/^Lun:0 +Type:DIRECT_ACCESS \(Size:1023M\)$/m);
    expect(stdout).toMatch(/^Lun:1 +Type:DIRECT_ACCESS \(Size:63M\)$/m);
  });

  it('iscsi-inq prints the identity that was asked for', async () => {
    const { stdout } = await runWell('iscsi-inq', [served.urls[0]!]);
    expect(stdout).toContain('Peripheral Qualifier:CONNECTED');
    expect(stdout).toContain('Peripheral Device Type:DIRECT_ACCESS');
    expect(stdout).toMatch(/^Vendor:INTEROP *$/m);
    expect(stdout).toMatch(/^Product:WRITABLE *$/m);
    expect(stdout).toMatch(/^Revision:9\.75 *$/m);
  });

  it('iscsi-inq prints the serial number of VPD page 80h', async () => {
    const { stdout } = await runWell('iscsi-inq', ['-e', '1', '-c', '128', served.urls[0]!]);
    expect(stdout).toMatch(/^Unit Serial Number:\[ *LIBISCSI-0 *\]$/m);
  });

  it('iscsi-readcapacity16 prints the last LBA and the block length', async () => {
    const { stdout } = await runWell('iscsi-readcapacity16', [served.urls[0]!]);
    expect(stdout).toContain('RETURNED LOGICAL BLOCK ADDRESS:2097151');
    expect(stdout).toContain('LOGICAL BLOCK LENGTH IN BYTES:512');
    expect(stdout).toContain('Total size:1073741824');
  });
});
