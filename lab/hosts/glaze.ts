import type { SeedFiles } from "./seed.ts";

/** The firewall as Glaze's deploy script writes it, and the unit that loads it. */
const GLAZE_FIREWALL = `table inet glaze
delete table inet glaze
table inet glaze {
  chain input {
    type filter hook input priority -100; policy accept;
    ct state established,related accept
    iifname { "lo", "tailscale0", "cni0", "flannel.1" } accept
    tcp dport { 80, 443 } accept
    drop
  }
}
`;

const UNIT = `[Unit]
Description=Glaze's firewall
Before=network-pre.target
Wants=network-pre.target
DefaultDependencies=no

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/glaze/firewall.nft
ExecReload=/usr/sbin/nft -f /etc/glaze/firewall.nft
ExecStop=/usr/sbin/nft delete table inet glaze

[Install]
WantedBy=multi-user.target
`;

export const glazeFirewallFiles: SeedFiles = {
  "/etc/glaze/firewall.nft": GLAZE_FIREWALL,
  "/etc/systemd/system/glaze-firewall.service": UNIT,
};
