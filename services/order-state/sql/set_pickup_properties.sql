-- set_pickup_properties: which properties of a line name the store it is picked up at.
--   $1 text  names, separated by commas, the most trusted first
select set_pickup_properties($1::text);
