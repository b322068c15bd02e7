"""The store on PostgreSQL: any number of equal nodes on one database."""
