-- ARGV: 'get', or 'set', mark, lease. Of which start of the store the order here was made; only the lease's owner says so.
if ARGV[1] == 'set' and redis.call('GET', P .. ':lease') == ARGV[3] then redis.call('SET', P .. ':gen', ARGV[2]) end
return redis.call('GET', P .. ':gen') or ''
