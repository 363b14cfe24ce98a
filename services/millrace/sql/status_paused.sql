-- Shops that the writer cannot write to until a person acts, and what is wrong with each.
select subject as shop, 'shopify-writer' as service, detail as why
  from exception_case
 where kind = 'shop_paused' and closed_at is null
 order by subject
