import { describe, expect, it } from 'vitest';
import { attachHelp } from '../../src/cli/attach-help.ts';

const targetName = 'iqn.2026-11.com.example:disk';

const at = (port: number): string =>
  attachHelp({ portal: { host: '192.0.2.7', port }, targetName, lun: 0 });

describe('attachHelp', () => {
  it('has a command for each system, with the address and the name in it', () => {
    const help = attachHelp({ portal: { host: '192.0.2.7', port: 3261 }, targetName, lun: 5 });
    expect(help).toContain('iscsiadm -m discovery -t sendtargets -p 192.0.2.7:3261\n');
    expect(help).toContain(`iscsiadm -m node -T ${targetName} -p 192.0.2.7:3261 --login\n`);
    expect(help).toContain('-TargetPortalAddress 192.0.2.7 -TargetPortalPortNumber 3261\n');
    expect(help).toContain(`file=iscsi://192.0.2.7:3261/${targetName}/5\n`);
    expect(help).toContain('iscsi-ls -s iscsi://192.0.2.7:3261\n');
  });

  it('shows iscsicli only where its quick form reaches the port', () => {
    expect(at(3260)).toContain('iscsicli QAddTargetPortal 192.0.2.7\n');
    expect(at(3261)).not.toContain('iscsicli');
  });

  it('says for each system how to prove oneself by CHAP', () => {
    const portal = { host: '192.0.2.7', port: 3260 };
    const help = attachHelp({ portal, targetName, lun: 0, chap: true });
    const node = `iscsiadm -m node -T ${targetName} -p 192.0.2.7:3260`;
    const update = `${node} -o update -n node.session.auth`;
    expect(help).toContain(`  ${update}.authmethod -v CHAP\n`);
    expect(help).toContain(`  ${update}.username -v NAME\n`);
    expect(help).toContain(`  ${update}.password -v SECRET\n  ${node} --login\n`);
    expect(help).toContain(
      '    -AuthenticationType ONEWAYCHAP -ChapUsername NAME -ChapSecret SECRET\n',
    );
    expect(help).toContain(`iscsicli QLoginTarget ${targetName} NAME SECRET\n`);
    expect(
      help.match(/export LIBISCSI_CHAP_USERNAME=NAME LIBISCSI_CHAP_PASSWORD=SECRET\n/g),
    ).toHaveLength(2);
  });

  it('puts IPv6 addresses in brackets where a port follows', () => {
    const help = attachHelp({ portal: { host: '2001:db8::7', port: 3260 }, targetName, lun: 0 });
    expect(help).toContain('-p [2001:db8::7]:3260\n');
    expect(help).toContain('-TargetPortalAddress 2001:db8::7 ');
    expect(help).toContain(`iscsi://[2001:db8::7]:3260/${targetName}/0\n`);
  });
});
