<?php
// Probe of a PHP runtime: what follows a faster clock. Run by gameday.run.clock_probe.
// PHP has no lock that waits for a time; a wait for several sockets takes its place.
$wait = (float) $argv[1];

function now(): float { return hrtime(true) / 1e9; }

function tell(string $name, float $waited): void {
    printf("%s %.3f %.3f\n", $name, $waited, microtime(true));
    flush();
}

$server = stream_socket_server("tcp://127.0.0.1:0");
$client = stream_socket_client("tcp://" . stream_socket_get_name($server, false));
$probes = [
    "timer" => fn () => usleep((int) ($wait * 1e6)),
    "socket" => function () use ($client, $wait) {
        stream_set_timeout($client, (int) $wait);
        fread($client, 1);
    },
    "lock" => function () use ($client, $wait) {
        $read = [$client];
        $none = null;
        stream_select($read, $none, $none, (int) $wait);
    },
    "child" => fn () => shell_exec(escapeshellarg(PHP_BINARY) . " -n -r " . escapeshellarg("usleep((int) ($wait * 1e6));")),
];
tell("wall", 0);
foreach ($probes as $name => $act) {
    $began = now();
    $act();
    tell($name, now() - $began);
}
