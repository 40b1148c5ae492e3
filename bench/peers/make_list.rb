# Makes Schleuder's tables and one list: make_list.rb LIST FINGERPRINT SUBSCRIBER KEYFILE
$VERBOSE = nil
require "schleuder/cli"

address, fingerprint, subscriber, key = ARGV
ActiveRecord::Base.logger = nil
ActiveRecord::Schema.verbose = false
load "#{$LOAD_PATH.first}/schleuder/db/schema.rb"

settings = { email: address, fingerprint: fingerprint }
list, = Schleuder::ListBuilder.new(settings, subscriber, nil, File.read(key)).run
abort list.errors.full_messages.join("; ") if list.errors.any?
