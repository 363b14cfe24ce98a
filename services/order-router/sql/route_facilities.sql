-- route_facilities: the facilities that may ship for each shop, the preferred ones first.
--   $1 text[]  shops
select shop, facility from route_facilities($1::text[]) order by shop, priority, facility;
