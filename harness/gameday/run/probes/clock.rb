# Probe of a Ruby runtime: what follows a faster clock. Run by gameday.run.clock_probe.
require "socket"
require "timeout"

WAIT = Float(ARGV[0])

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

def tell(name, waited)
  puts format("%s %.3f %.3f", name, waited, Time.now.to_f)
  $stdout.flush
end

def socket
  server = TCPServer.new("127.0.0.1", 0)
  client = TCPSocket.new("127.0.0.1", server.addr[1])
  Timeout.timeout(WAIT) { client.read(1) }
rescue Timeout::Error
  nil
end

def lock
  mutex = Mutex.new
  mutex.synchronize { ConditionVariable.new.wait(mutex, WAIT) }
end

PROBES = {
  "timer" => -> { sleep WAIT },
  "socket" => -> { socket },
  "lock" => -> { lock },
  "child" => -> { system(RbConfig.ruby, "-e", "sleep #{WAIT}") },
}

tell("wall", 0)
PROBES.each do |name, act|
  began = now
  act.call
  tell(name, now - began)
end
