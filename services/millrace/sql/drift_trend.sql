-- drift_trend: what the reconciler compared and found, by day and kind; the last days first.
-- $1 days
select date_trunc('day', hour)::date::text as day, shop, kind, sum(runs)::bigint as runs, sum(compared)::bigint as compared,
       sum(different)::bigint as different
  from v_drift_trend
 where hour >= (select date_trunc('day', max(hour)) from v_drift_trend) - make_interval(days => ($1::bigint - 1)::int)
 group by shop, kind, date_trunc('day', hour)
 order by date_trunc('day', hour) desc, shop, kind;
